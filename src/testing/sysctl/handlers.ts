import { Refused } from '../netlink/refused.ts';
import { parseLong, skipSpaces } from './parse-long.ts';

/** A setting below /proc/sys, and how it is read and written (`struct ctl_table` with its `proc_handler`). */
export interface Sysctl {
  /** The contents of the file. */
  read(): string;
  /** Throws Refused; what was stored before the failure stays. */
  write(text: string): void;
}

/** A setting that is one number. */
export interface NumberSysctl extends Sysctl {
  readonly value: number;
}

const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;

/** An int within bounds; blanks and whatever follows the first number are passed over (proc_dointvec_minmax). */
export function integer(initial: number, min = INT_MIN, max = INT_MAX): NumberSysctl {
  return mapped(initial, (value) => (value >= min && value <= max ? value : undefined));
}

/**
 * An int that a handler of its own looks at when it changes.
 * @param store the number to store; undefined refuses it
 */
export function mapped(initial: number, store: (written: number) => number | undefined): NumberSysctl {
  let value = initial;
  return {
    get value() {
      return value;
    },
    read: () => `${value}\n`,
    write(text) {
      const { values, failed } = parseIntegers(text, 1);
      if (failed) throw new Refused('EINVAL');
      const [written = value] = values;
      if (written === value) return;
      const stored = store(written);
      if (stored === undefined) throw new Refused('EINVAL');
      value = stored;
    },
  };
}

/** Seconds that the kernel keeps in ticks (proc_dointvec_jiffies). */
export function seconds(initial: number, hz: number): NumberSysctl {
  const most = Math.floor(INT_MAX / hz);
  return integer(initial, -most, most);
}

/**
 * An unsigned long (proc_doulongvec_minmax).
 * @param ignoresNegative whether a negative number does nothing, rather than being refused
 */
export function unsignedLong(initial: bigint, ignoresNegative: boolean): Sysctl {
  let value = initial;
  return {
    read: () => `${value}\n`,
    write(text) {
      if (text === '') return;
      const written = parseLong(skipSpaces(text))?.value;
      const negative = skipSpaces(text).startsWith('-');
      if (written === undefined || (negative && !ignoresNegative)) throw new Refused('EINVAL');
      if (!negative) value = written;
    },
  };
}

/**
 * Several ints, tabs between; fewer leave the others as they are. What was read before a word that is no number is
 * stored though the write fails (proc_dointvec under a handler that copies its result).
 */
export function integers(initial: readonly number[], accepts: (values: readonly number[]) => boolean): Sysctl {
  let current = initial;
  return {
    read: () => `${current.join('\t')}\n`,
    write(text) {
      const { values, failed } = parseIntegers(text, current.length);
      const next = [...values, ...current.slice(values.length)];
      const accepted = accepts(next);
      if (accepted) current = next;
      if (failed || !accepted) throw new Refused('EINVAL');
    },
  };
}

/**
 * Up to `count` ints, and whether a word that is none came before; writing nothing at all does nothing
 * (kernel/sysctl.c, __do_proc_dointvec).
 */
function parseIntegers(text: string, count: number): { values: number[]; failed: boolean } {
  const values: number[] = [];
  for (let rest = text; values.length < count; ) {
    rest = skipSpaces(rest);
    if (rest === '') break;
    const parsed = parseLong(rest);
    const value = Number(parsed?.value ?? NaN);
    if (!parsed || value < INT_MIN || value > INT_MAX) return { values, failed: true };
    values.push(value);
    rest = parsed.rest;
  }
  return { values, failed: values.length === 0 && text !== '' };
}
