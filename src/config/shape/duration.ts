import { type Shape, wrong } from './shape.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };
const PATTERN = '^[0-9]+(\\.[0-9]+)?(ms|s|m|h)$';

/** Seconds of a duration as people write it: `'500ms'`, `'60s'`, `'1.5m'`, `'2h'`; undefined for another text. */
export function parseDuration(text: string): number | undefined {
  const [, unit = ''] = new RegExp(PATTERN).exec(text)?.slice(1) ?? [];
  if (!unit) return undefined;
  // Not 0.1 times 0.001, which is not the number nearest to 0.0001.
  const number = Number(text.slice(0, -unit.length));
  return unit === 'ms' ? number / 1000 : number * (UNITS[unit] ?? 1);
}

/** Seconds, or a duration as people write it. Read in seconds. */
export const duration: Shape<number> = {
  kinds: ['number', 'string'],
  about: "a duration such as '500ms', '60s' or '5m', or a number of seconds",
  schema: {
    anyOf: [
      { type: 'number', minimum: 0 },
      { type: 'string', pattern: PATTERN },
    ],
  },
  read(value, path) {
    const seconds = typeof value === 'string' ? parseDuration(value) : value;
    if (typeof seconds !== 'number' || !(seconds >= 0 && seconds < Infinity)) throw wrong(duration, value, path);
    return seconds;
  },
};
