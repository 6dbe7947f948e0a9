import { type Kind, type Shape, wrong } from './shape.ts';

/** A shape whose values are read as they are. */
function scalar<T>(
  kind: Kind,
  about: string,
  schema: Shape<T>['schema'],
  accepts: (value: unknown) => boolean,
): Shape<T> {
  const shape: Shape<T> = {
    kinds: [kind],
    about,
    schema,
    read(value, path) {
      if (!accepts(value)) throw wrong(shape, value, path);
      return value as T;
    },
  };
  return shape;
}

/** @param pattern what it must match, as a JSON schema says it */
export function text<T extends string = string>(about = 'a text', pattern?: string): Shape<T> {
  const expression = pattern === undefined ? /^/ : new RegExp(pattern);
  const schema = { type: 'string', ...(pattern !== undefined && { pattern }) };
  return scalar('string', about, schema, (value) => typeof value === 'string' && expression.test(value));
}

export function integer(minimum: number, maximum: number): Shape<number> {
  const about = `an integer from ${minimum} to ${maximum}`;
  return scalar('number', about, { type: 'integer', minimum, maximum }, (value) => {
    return Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum;
  });
}

export function number(minimum: number, maximum: number): Shape<number> {
  const about = `a number from ${minimum} to ${maximum}`;
  return scalar('number', about, { type: 'number', minimum, maximum }, (value) => {
    return typeof value === 'number' && value >= minimum && value <= maximum;
  });
}

export const boolean: Shape<boolean> = scalar('boolean', 'true or false', { type: 'boolean' }, (value) => {
  return typeof value === 'boolean';
});

/** One of some texts. */
export function oneOf<const T extends string>(...names: readonly T[]): Shape<T> {
  const about = names.map((name) => `'${name}'`).join(' or ');
  return scalar('string', about, { enum: names }, (value) => names.includes(value as T));
}
