import type { ReadBuffer, WriteBuffer } from './buffer.ts';

/** The other attributes of the same set, for a codec whose form depends on one of them. */
export type Siblings = Readonly<Record<string, unknown>>;

/**
 * What a compiled reader or writer does in place of calling the codec, as JavaScript expressions. In scope are `view`,
 * `littleEndian` and, to read, a variable `number` for passing use.
 */
export interface InPlace {
  /** Bytes of the payload; shorter ones are left to the codec's `read`. */
  readonly size: number;
  /** The value at an offset. */
  read(at: string): string;
  /** Whether a value may be written in place; others are left to the codec's `write`. */
  accepts(value: string): string;
  /** Writes the value at an offset. */
  write(at: string, value: string): string;
}

/** How a value looks as the payload of an attribute. */
export interface Codec<T> {
  /** Name of the form, for messages and documentation: `'u16'`. */
  readonly name: string;
  /** Whether the payload is itself a set of attributes. */
  readonly nested?: boolean;
  /** Whether the attribute is passed over when read. */
  readonly writeOnly?: boolean;
  /** The attribute of the same set that decides the form; it is read first. */
  readonly dependsOn?: string;
  /** Whether the attribute is read only where the one that it depends on is absent. */
  readonly fallback?: boolean;
  /** The forms to decide between, by that attribute's value; any other takes this codec itself. */
  readonly cases?: Readonly<Record<string, Codec<T>>>;
  /** Reads `length` bytes at `at`. Throws {@link WireError}. */
  read(from: ReadBuffer, at: number, length: number, siblings: Siblings): T;
  /** Appends the value. Throws {@link InputError}. */
  write(to: WriteBuffer, value: T, siblings: Siblings): void;
  /** The same in place, for the fixed-width codecs that tables use most. */
  readonly inPlace?: InPlace;
  /** Path of the attribute that contains byte `offset`, as the extended ack gives it. */
  locate?(from: ReadBuffer, at: number, length: number, offset: number): string | undefined;
}

/** The value type of a codec. */
export type Infer<C> = C extends Codec<infer T> ? T : never;

/** An attribute that no row of the table describes, kept so that it can be written back. */
export interface UnknownAttribute {
  /** Number of the attribute, without its flags. */
  readonly type: number;
  /** Its payload, a copy. */
  readonly payload: Uint8Array;
}
