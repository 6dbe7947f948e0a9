import { InputError } from '../../errors/input-error.ts';
import { assertKnownProperties } from '../../errors/known-properties.ts';
import { assertInteger } from '../../errors/validate.ts';

const MIN_INT = -(2 ** 31);
const MAX_INT = 2 ** 31 - 1;
const MAX_UNSIGNED_LONG = 2n ** 64n - 1n;

/** How a setting is read and written. */
export interface SysctlKind<T> {
  /** The value that a file's text says; undefined for any other text. */
  parse(text: string): T | undefined;
  /** The text to write. Throws InputError for a value that the kernel would refuse. */
  format(field: string, value: T): string;
}

/** An int, within what the kernel takes. */
export function integer(min = MIN_INT, max = MAX_INT): SysctlKind<number> {
  return {
    parse: (text) => (/^-?\d+$/.test(text) ? Number(text) : undefined),
    format: (field, value) => String(assertInteger(field, value, min, max)),
  };
}

/** An int of which zero means off and anything else on. */
export const onOff: SysctlKind<boolean> = {
  parse: (text) => (/^-?\d+$/.test(text) ? Number(text) !== 0 : undefined),
  format(field, value) {
    if (typeof value !== 'boolean') throw new InputError('must be true or false', value, field);
    return value ? '1' : '0';
  },
};

/** An int that chooses one of these, counted from 0. */
export function choice<const Name extends string>(...names: Name[]): SysctlKind<Name> {
  return {
    parse: (text) => (/^\d+$/.test(text) ? names[Number(text)] : undefined),
    format(field, value) {
      const number = names.indexOf(value);
      if (number < 0) throw new InputError(`must be ${names.map((name) => `'${name}'`).join(', ')}`, value, field);
      return String(number);
    },
  };
}

/** An int that is a power of two. */
export const powerOfTwo: SysctlKind<number> = {
  parse: integer().parse,
  format(field, value) {
    if (!Number.isInteger(value) || value < 1 || value > 2 ** 30 || (value & (value - 1)) !== 0)
      throw new InputError(`must be a power of two from 1 to ${2 ** 30}`, value, field);
    return String(value);
  },
};

/** An unsigned long, beyond what a number holds. */
export const unsignedLong: SysctlKind<bigint> = {
  parse: (text) => (/^\d+$/.test(text) ? BigInt(text) : undefined),
  format(field, value) {
    if (typeof value !== 'bigint' || value < 0n || value > MAX_UNSIGNED_LONG)
      throw new InputError(`must be a bigint from 0 to ${MAX_UNSIGNED_LONG}`, value, field);
    return String(value);
  },
};

/** CPUs, which the kernel writes `0-2,5` (`cpulist_parse`). */
export const cpuList: SysctlKind<readonly number[]> = {
  parse(text) {
    if (text === '') return [];
    const parts = text.split(',').map((part) => /^(\d+)(?:-(\d+))?$/.exec(part));
    return parts.every((part) => part !== null)
      ? parts.flatMap(([, first = '', last = first]) => range(Number(first), Number(last)))
      : undefined;
  },
  format(field, value) {
    if (!Array.isArray(value)) throw new InputError('must be an array of CPU numbers', value, field);
    return value.map((cpu) => assertInteger(field, cpu, 0, 0xffff)).join(',');
  },
};

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}

/** When a sync daemon tells of a connection. */
export interface SyncThreshold {
  /** Packets after which a connection is told of for the first time, 0 or more and below the period. */
  readonly threshold: number;
  /** After how many packets it is told of again, 0 or more; 0: when its state changes. */
  readonly period: number;
}

/** Two ints (`proc_do_sync_threshold`). */
export const syncThreshold: SysctlKind<SyncThreshold> = {
  parse(text) {
    const [, threshold, period] = /^(\d+)\t(\d+)$/.exec(text) ?? [];
    return threshold === undefined ? undefined : { threshold: Number(threshold), period: Number(period) };
  },
  format(field, value) {
    assertKnownProperties(field, value, ['threshold', 'period']);
    const period = assertInteger(`${field}.period`, value.period, 0, MAX_INT);
    const threshold = assertInteger(`${field}.threshold`, value.threshold, 0, MAX_INT);
    if (period > 0 && threshold >= period)
      throw new InputError(`must be less than the period, ${period}`, threshold, `${field}.threshold`);
    return `${threshold}\t${period}`;
  },
};
