import { InputError } from './input-error.ts';

/** Throws unless `value` is an integer from `min` to `max`. */
export function assertInteger(field: string, value: unknown, min: number, max: number, unit = ''): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
    throw new InputError(`must be an integer from ${min} to ${max}${unit && ` (${unit})`}`, value, field);
  return value;
}

/** Throws unless `value` is an object other than an array. */
export function assertObject(field: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InputError('must be an object', value, field);
}

/** Throws unless `value` is an iterable object, such as an array. */
export function assertIterable(field: string, value: unknown, what: string): void {
  if (typeof value === 'object' && value !== null && typeof Reflect.get(value, Symbol.iterator) === 'function') return;
  throw new InputError(`must be an iterable of ${what}; collect those of an async iterable first`, value, field);
}

/** Throws unless `value` is a name that the kernel takes: printable, without spaces or slashes, `max` bytes at most. */
export function assertName(field: string, value: unknown, max: number): string {
  if (typeof value !== 'string' || !/^[\x21-\x2e\x30-\x7e]+$/.test(value) || value.length > max)
    throw new InputError(
      `must be a name of 1 to ${max} printable ASCII characters without spaces or slashes`,
      value,
      field,
    );
  return value;
}
