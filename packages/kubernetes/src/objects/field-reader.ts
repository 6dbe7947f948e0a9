import type { Kind, ObjectBase, ObjectReference } from './object.ts';
import type { Problem } from './problem.ts';

type ReportField = (field: string, value: unknown, rule: string) => void;

/**
 * Reads the fields of an object that nobody has checked. A field that is absent or null is undefined; one of a wrong type or
 * value is reported, and undefined too.
 */
export class FieldReader {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #report: ReportField;
  readonly #parent: FieldReader | undefined;
  /** Where it is in its parent: `.ports[0]`. */
  readonly #step: string;

  constructor(fields: object, report: ReportField, parent?: FieldReader, step = '') {
    this.#fields = fields as Record<string, unknown>;
    this.#report = report;
    this.#parent = parent;
    this.#step = step;
  }

  /** Put together only when a problem is reported: hardly any field has one. */
  get path(): string {
    return `${this.#parent?.path ?? ''}${this.#step}`.replace(/^\./, '');
  }

  /** Reports a field's value as not what it must be. */
  reject(name: string, rule: string, value: unknown = this.#get(name)): undefined {
    this.#report(this.#at(name), value, rule);
  }

  string(name: string): string | undefined {
    const value = this.#get(name);
    if (value === undefined || typeof value === 'string') return value;
    return this.reject(name, 'must be a string');
  }

  boolean(name: string): boolean | undefined {
    const value = this.#get(name);
    if (value === undefined || typeof value === 'boolean') return value;
    return this.reject(name, 'must be true or false');
  }

  integer(name: string, min: number, max: number): number | undefined {
    const value = this.#get(name);
    if (value === undefined) return undefined;
    if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
    return this.reject(name, `must be an integer from ${min} to ${max}`);
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    const value = this.string(name);
    if (value === undefined || values.includes(value as T)) return value as T | undefined;
    return this.reject(name, `must be ${values.slice(0, -1).join(', ')} or ${values.at(-1)}`);
  }

  /** An object; one without fields where there is none. */
  object(name: string): FieldReader {
    const value = this.#get(name);
    const fields = isObject(value) ? value : {};
    if (value !== undefined && !isObject(value)) this.reject(name, 'must be an object');
    return new FieldReader(fields, this.#report, this, stepOf(name));
  }

  /** What `read` makes of the objects of a list, one after the other; those that are none are reported and left out. */
  objects<T>(name: string, read: (fields: FieldReader, index: number) => readonly T[]): T[] {
    return this.#list(name).flatMap((value, i) => {
      if (isObject(value)) return read(new FieldReader(value, this.#report, this, `${stepOf(name)}[${i}]`), i);
      this.#report(`${this.#at(name)}[${i}]`, value, 'must be an object');
      return [];
    });
  }

  /** What `parse` makes of the strings of a list; those that it returns undefined for are reported and left out. */
  strings<T>(name: string, parse: (text: string, index: number) => T | undefined, rule: string): T[] {
    return this.#list(name).flatMap((value, i) => {
      const parsed = typeof value === 'string' ? parse(value, i) : undefined;
      if (parsed !== undefined) return [parsed];
      this.#report(`${this.#at(name)}[${i}]`, value, rule);
      return [];
    });
  }

  /** Whether a field is there, whatever its value. */
  has(name: string): boolean {
    return this.#get(name) !== undefined;
  }

  /** Whether a field is a list that is not empty. */
  hasItems(name: string): boolean {
    const value = this.#get(name);
    return Array.isArray(value) && value.length > 0;
  }

  #list(name: string): readonly unknown[] {
    const value = this.#get(name);
    if (value === undefined) return [];
    if (Array.isArray(value)) return value;
    this.reject(name, 'must be a list');
    return [];
  }

  #get(name: string): unknown {
    return (Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined) ?? undefined;
  }

  #at(name: string): string {
    return `${this.path}${stepOf(name)}`.replace(/^\./, '');
  }
}

function stepOf(name: string): string {
  return /[./]/.test(name) ? `["${name}"]` : `.${name}`;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object that was read, and what was wrong with it. */
export interface Parsed<T> {
  /** Undefined where not even its name could be read. Its `problems` are these. */
  readonly object: T | undefined;
  readonly problems: readonly Problem[];
}

const NONE: readonly Problem[] = [];

/**
 * Reads an object of the API, as JSON or YAML has it. Never throws: an invalid value becomes a problem, and counts as absent.
 * @param read makes the object of its fields
 */
export function parseFields<K extends Kind, T extends ObjectBase & { readonly kind: K }>(
  kind: K,
  raw: unknown,
  read: (fields: FieldReader, base: ObjectBase & { readonly kind: K }, metadata: FieldReader) => T,
): Parsed<T> {
  const found: Problem[] = [];
  let object: ObjectReference = { kind, namespace: '', name: '', uid: '' };
  const report: ReportField = (field, value, rule) =>
    found.push({ reason: 'InvalidValue', object, field, value, rule });
  if (!isObject(raw)) {
    report('object', raw, 'must be an object');
    return { object: undefined, problems: found };
  }
  const fields = new FieldReader(raw, report);
  const metadata = fields.object('metadata');
  // A file may leave out the namespace, as for kubectl.
  const namespace = kind === 'Node' ? '' : metadata.string('namespace') || 'default';
  const name = metadata.string('name');
  if (!name) {
    if (found.length === 0) metadata.reject('name', 'must not be empty');
    return { object: undefined, problems: found };
  }
  const uid = metadata.string('uid') ?? '';
  object = { kind, namespace, name, uid };
  const base = { ...object, kind, resourceVersion: metadata.string('resourceVersion') ?? '', problems: NONE };
  const parsed = read(fields, base, metadata);
  const problems = found.length > 0 ? found : NONE;
  return { object: problems === NONE ? parsed : { ...parsed, problems }, problems };
}
