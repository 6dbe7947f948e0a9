import { InputError } from '../../errors/input-error.ts';
import { WireError } from '../../errors/wire-error.ts';
import { parseNumbered } from '../../netlink/codec/numbered.ts';

/** Throws WireError unless the kernel sent the attribute: every kernel sends it, and a default would be a lie. */
export function present<T>(field: string, value: T | undefined): T {
  if (value === undefined) throw new WireError('is missing', field);
  return value;
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
