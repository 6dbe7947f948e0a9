/** A number without a name in the tables, as it is shown and written back: `'#9'`. */
export type Numbered = `#${number}`;

/**
 * The number in `'#9'`; undefined for anything else.
 * @example
 * ```ts
 * console.log(parseNumbered('#9'), parseNumbered('tcp')); // 9 undefined
 * ```
 */
export function parseNumbered(value: unknown): number | undefined {
  return typeof value === 'string' && /^#\d+$/.test(value) ? Number(value.slice(1)) : undefined;
}
