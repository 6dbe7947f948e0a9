import { InputError } from '../../errors/input-error.ts';
import { WireError } from '../../errors/wire-error.ts';
import { parseNumbered } from '../../netlink/index.ts';
import { familyOf } from '../wire/address.ts';

/** Throws WireError unless the kernel sent the attribute: every kernel sends it, and a default would be a lie. */
export function present<T>(field: string, value: T | undefined): T {
  if (value === undefined) throw new WireError('is missing', field);
  return value;
}

/** Throws unless `value` is an integer from `min` to `max`. */
export function assertInteger(field: string, value: unknown, min: number, max: number, unit = ''): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
    throw new InputError(`must be an integer from ${min} to ${max}${unit && ` (${unit})`}`, value, field);
  return value;
}

/** Throws unless `value` is an object. */
export function assertObject(field: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) throw new InputError('must be an object', value, field);
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

/** Throws unless `value` is an address; returns its family. */
export function assertAddress(field: string, value: unknown): 'inet' | 'inet6' {
  const family = familyOf(value);
  if (!family) throw new InputError('must be an IPv4 or IPv6 address without a zone', value, field);
  return family;
}

/** Throws unless `value` is one of the names, or `'#'` and a number up to `max`; `others` are what it may be besides. */
export function assertLiteral(
  field: string,
  value: unknown,
  names: Readonly<Record<string, number>>,
  max: number,
  others: readonly string[] = [],
): void {
  if (typeof value === 'string' && Object.hasOwn(names, value)) return;
  if ((parseNumbered(value) ?? Infinity) <= max) return;
  const allowed = [...Object.keys(names).map((name) => `'${name}'`), ...others];
  throw new InputError(`must be ${allowed.join(', ')}, or '#' and a number up to ${max}`, value, field);
}
