/** One line of a benchmark. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Against the first line of the same benchmark. */
  readonly ratio: number;
}

/** The middle of several measurements. */
export function median(values: readonly number[]): number {
  const ordered = [...values].sort((a, b) => a - b);
  return ordered[Math.floor(ordered.length / 2)] ?? Number.NaN;
}

/** Prints figures as a table. */
export function print(title: string, figures: readonly Figure[]): void {
  console.log(`\n${title}`);
  for (const { name, value, unit, ratio } of figures)
    console.log(`  ${name.padEnd(36)} ${value.toFixed(0).padStart(8)} ${unit}  ${ratio.toFixed(2)} x`);
}
