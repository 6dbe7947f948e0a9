import { kindOf, type Shape, wrong } from './shape.ts';

/** A list of values of one shape. */
export function list<T>(entries: Shape<T>, least = 0): Shape<readonly T[]> {
  const shape: Shape<readonly T[]> = {
    kinds: ['array'],
    about: least > 0 ? `a list of at least ${least}` : 'a list',
    schema: { type: 'array', items: entries.schema, ...(least > 0 && { minItems: least }) },
    read(value, path) {
      if (kindOf(value) !== 'array' || (value as unknown[]).length < least) throw wrong(shape, value, path);
      return (value as unknown[]).map((each, i) => entries.read(each, `${path}[${i}]`));
    },
  };
  return shape;
}
