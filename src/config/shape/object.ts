import { InputError } from '../../errors/input-error.ts';
import { assertKnownProperties } from '../../errors/known-properties.ts';
import { type JsonSchema, kindOf, type Read, type Shape, wrong } from './shape.ts';

/** A property of an object. */
export interface Property<T, Needed extends boolean = boolean> {
  readonly shape: Shape<T>;
  readonly needed: Needed;
  /** What it is for; editors show this. */
  readonly description: string;
}

export function required<T>(shape: Shape<T>, description: string): Property<T, true> {
  return { shape, needed: true, description };
}

export function optional<T>(shape: Shape<T>, description: string): Property<T, false> {
  return { shape, needed: false, description };
}

export type Properties = { readonly [Name: string]: Property<unknown> };

type Flat<T> = { readonly [Name in keyof T]: T[Name] };
type Names<P extends Properties, Needed> = {
  [Name in keyof P]: P[Name] extends Property<unknown, infer N> ? (N extends Needed ? Name : never) : never;
}[keyof P];

/** The object that some properties make up. */
export type ReadObject<P extends Properties> = Flat<
  { [Name in Names<P, true>]: Read<P[Name]['shape']> } & { [Name in Names<P, false>]?: Read<P[Name]['shape']> }
>;

/** An object of these properties and no others. */
export function object<P extends Properties>(properties: P): Shape<ReadObject<P>> {
  const entries = Object.entries(properties);
  const names = entries.map(([name]) => name);
  const needed = entries.filter(([, { needed }]) => needed).map(([name]) => name);
  const shape: Shape<ReadObject<P>> = {
    kinds: ['object'],
    about: 'an object',
    schema: {
      type: 'object',
      properties: Object.fromEntries(entries.map(([name, property]) => [name, describe(property)])),
      ...(needed.length > 0 && { required: needed }),
      additionalProperties: false,
    },
    read(value, path) {
      if (kindOf(value) !== 'object') throw wrong(shape, value, path);
      const given = value as Record<string, unknown>;
      assertKnownProperties(path, given, names);
      const result: Record<string, unknown> = {};
      for (const [name, property] of entries) {
        const at = path ? `${path}.${name}` : name;
        if (Object.hasOwn(given, name)) result[name] = property.shape.read(given[name], at);
        else if (property.needed) throw new InputError('is missing', undefined, at);
      }
      return result as ReadObject<P>;
    },
  };
  return shape;
}

function describe({ shape: { schema }, description }: Property<unknown>): JsonSchema {
  // Draft 7 ignores whatever stands beside a reference.
  return '$ref' in schema ? { description, allOf: [schema] } : { description, ...schema };
}

/** An object of any properties, whose values have one shape. */
export function record<T>(values: Shape<T>): Shape<Readonly<Record<string, T>>> {
  const shape: Shape<Readonly<Record<string, T>>> = {
    kinds: ['object'],
    about: 'an object',
    schema: { type: 'object', additionalProperties: values.schema },
    read(value, path) {
      if (kindOf(value) !== 'object') throw wrong(shape, value, path);
      return Object.fromEntries(
        Object.entries(value as object).map(([name, each]) => [name, values.read(each, `${path}.${name}`)]),
      );
    },
  };
  return shape;
}
