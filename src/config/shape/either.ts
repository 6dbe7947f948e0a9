import { InputError } from '../../errors/input-error.ts';
import { didYouMean } from '../../errors/known-properties.ts';
import { object, type Properties, type ReadObject, required } from './object.ts';
import { oneOf } from './scalars.ts';
import { kindOf, type Read, type Shape, wrong } from './shape.ts';

/** One of several shapes, which differ in the type of JSON that they take. */
export function either<const S extends readonly Shape<unknown>[]>(...shapes: S): Shape<Read<S[number]>> {
  const either: Shape<Read<S[number]>> = {
    kinds: shapes.flatMap(({ kinds }) => kinds),
    about: shapes.map(({ about }) => about).join(' or '),
    schema: { anyOf: shapes.map(({ schema }) => schema) },
    read(value, path) {
      const kind = kindOf(value);
      const of = shapes.filter(({ kinds }) => kind !== undefined && kinds.includes(kind));
      // Where only one is of that type, its error says more.
      if (of.length !== 1 || (kind !== 'object' && kind !== 'array')) {
        for (const shape of of) if (accepts(shape, value)) return shape.read(value, path) as Read<S[number]>;
        throw wrong(either, value, path);
      }
      return of[0]?.read(value, path) as Read<S[number]>;
    },
  };
  return either;
}

function accepts(shape: Shape<unknown>, value: unknown): boolean {
  try {
    shape.read(value, '');
    return true;
  } catch {
    return false;
  }
}

/** An object whose property `tag` says which others it has. */
export function variants<const Tag extends string, const V extends { readonly [Name: string]: Properties }>(
  tag: Tag,
  description: string,
  properties: V,
): Shape<{ [Name in keyof V]: { readonly [T in Tag]: Name } & ReadObject<V[Name]> }[keyof V]> {
  const names = Object.keys(properties);
  const shapes = new Map(
    names.map((name) => [name, object({ [tag]: required(oneOf(name), description), ...properties[name] })]),
  );
  return {
    kinds: ['object'],
    about: 'an object',
    schema: { anyOf: [...shapes.values()].map(({ schema }) => schema) },
    read(value, path) {
      if (kindOf(value) !== 'object') throw wrong(this, value, path);
      const given: unknown = Object.hasOwn(value as object, tag) ? Reflect.get(value as object, tag) : undefined;
      const shape = shapes.get(String(given));
      if (shape) return shape.read(value, path) as never;
      if (given === undefined) throw new InputError('is missing', given, `${path}.${tag}`);
      const hint = typeof given === 'string' ? didYouMean(given, names) : undefined;
      const rule = `must be ${names.map((name) => `'${name}'`).join(' or ')}${hint ? ` (${hint})` : ''}`;
      throw new InputError(rule, given, `${path}.${tag}`);
    },
  };
}

/** An object of one shape where it has a property, and of another, without that property, where it has not. */
export function whereHas<A, B>(property: string, one: Shape<A>, other: Shape<B>): Shape<A | B> {
  const shape: Shape<A | B> = {
    kinds: ['object'],
    about: 'an object',
    schema: { anyOf: [other.schema, one.schema] },
    read(value, path) {
      if (kindOf(value) !== 'object') throw wrong(shape, value, path);
      return (Object.hasOwn(value as object, property) ? one : other).read(value, path);
    },
  };
  return shape;
}
