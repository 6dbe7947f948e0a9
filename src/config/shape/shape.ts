import { InputError } from '../../errors/input-error.ts';

/** A JSON schema of draft 7, as far as it is needed here. */
export type JsonSchema = { readonly [Keyword: string]: unknown };

/** A type of JSON. */
export type Kind = 'object' | 'array' | 'string' | 'number' | 'boolean';

/** What a value of a file may be: one declaration is its validator, its type, and its JSON schema. */
export interface Shape<T> {
  /** The types of JSON that it takes, by which alternatives are told apart. */
  readonly kinds: readonly Kind[];
  /** What it takes, in words: `'an integer from 0 to 65535'`. */
  readonly about: string;
  readonly schema: JsonSchema;
  /** Checks a value. Throws InputError, whose path begins with the one given. */
  read(value: unknown, path: string): T;
}

/** What a shape reads. */
export type Read<S> = S extends Shape<infer T> ? T : never;

/** A shape that schemas refer to by its name. */
export interface Definition<T> extends Shape<T> {
  readonly name: string;
  /** The schema that the name stands for. */
  readonly definition: JsonSchema;
}

export function define<T>(name: string, shape: Shape<T>): Definition<T> {
  return { ...shape, schema: { $ref: `#/definitions/${name}` }, name, definition: shape.schema };
}

export function kindOf(value: unknown): Kind | undefined {
  if (Array.isArray(value)) return 'array';
  if (value === null) return undefined;
  const type = typeof value;
  return type === 'object' || type === 'string' || type === 'number' || type === 'boolean' ? type : undefined;
}

export function wrong(shape: Pick<Shape<unknown>, 'about'>, value: unknown, path: string): InputError {
  return new InputError(`must be ${shape.about}`, value, path);
}
