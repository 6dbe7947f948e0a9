/** The most characters of a number that the kernel looks at (TMPBUFLEN less its NUL, kernel/sysctl.c). */
const LONGEST = 21;
const ULONG_MAX = (1n << 64n) - 1n;

/** A number at the start of a text, and the text after it. */
export interface ParsedLong {
  readonly value: bigint;
  readonly rest: string;
}

/**
 * The number that a text begins with: decimal, `0x…` or octal `0…`, ended by a blank (kernel/sysctl.c, proc_get_long).
 * Undefined where the kernel finds none.
 */
export function parseLong(text: string): ParsedLong | undefined {
  const [word = '', sign, digits = ''] = /^(-?)(0x[\da-f]+|0[0-7]*|[1-9]\d*)/i.exec(text) ?? [];
  if (word === '' || word.length >= LONGEST) return undefined;
  const rest = text.slice(word.length);
  if (rest !== '' && !/^[ \t\n]/.test(rest)) return undefined;
  const value = BigInt(/^0\d/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return value > ULONG_MAX ? undefined : { value: sign ? -value : value, rest };
}

/** The text without leading white space (proc_skip_spaces). */
export function skipSpaces(text: string): string {
  return text.replace(/^[ \t\n\v\f\r]+/, '');
}
