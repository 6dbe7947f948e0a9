import type { Statistics } from '../../ipvs/index.ts';

/** What is shown of a service or a destination. */
export interface Entry {
  /** `tcp 192.0.2.1:80`, or a destination's `10.0.0.1:8080`. */
  readonly name: string;
  /** A service's scheduler, or a destination's forwarding method. */
  readonly manner: string;
  /** Of a destination. */
  readonly weight?: number;
  readonly active: number;
  readonly inactive: number;
  readonly statistics: Statistics;
}

/** A column of numbers. */
export interface Column {
  readonly title: string;
  readonly width: number;
  /** Whether it is left out where the terminal is narrow. */
  readonly wide?: boolean;
  value(entry: Entry): number | undefined;
}

export const columns: readonly Column[] = [
  { title: 'WEIGHT', width: 6, wide: true, value: ({ weight }) => weight },
  { title: 'ACTIVE', width: 6, value: ({ active }) => active },
  { title: 'INACT', width: 6, value: ({ inactive }) => inactive },
  { title: 'CONN/S', width: 7, value: ({ statistics }) => statistics.connectionsPerSecond },
  { title: 'IN PK/S', width: 7, wide: true, value: ({ statistics }) => statistics.incomingPacketsPerSecond },
  { title: 'OUT PK/S', width: 8, wide: true, value: ({ statistics }) => statistics.outgoingPacketsPerSecond },
  { title: 'IN B/S', width: 7, value: ({ statistics }) => statistics.incomingBytesPerSecond },
  { title: 'OUT B/S', width: 7, value: ({ statistics }) => statistics.outgoingBytesPerSecond },
];

const units = ['', 'k', 'M', 'G', 'T', 'P'];

/** A number in at most 6 columns: `99999`, `123.4k`. */
export function compact(value: number | undefined): string {
  if (value === undefined) return '';
  let [scaled, unit] = [value, 0];
  for (; unit === 0 ? scaled >= 100_000 : scaled >= 999.95; unit++) scaled /= 1000;
  return unit === 0 ? String(Math.round(scaled)) : `${scaled.toFixed(1)}${units[unit] ?? ''}`;
}
