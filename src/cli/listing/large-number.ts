/** How many digits ipvsadm shows, at most, before it drops the last ones for a letter; from there on it is `T`. */
const scales: readonly (readonly [digits: number, dropped: number, letter: string])[] = [
  [8, 0, ''],
  [9, 3, 'K'],
  [11, 6, 'M'],
  [14, 9, 'G'],
  [Infinity, 12, 'T'],
];

/** A number in 9 columns, shortened from 10^8 on; `exact`, with a blank before it however long it is. */
export function formatLargeNumber(value: bigint | number, exact = false): string {
  const digits = String(value);
  if (exact) return ` ${digits}`.padStart(9);
  const [, dropped = 0, letter = ''] = scales.find(([most]) => digits.length <= most) ?? [];
  return (digits.slice(0, digits.length - dropped) + letter).padStart(9);
}
