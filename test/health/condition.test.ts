import { describe, expect, test } from 'vitest';
import { Condition } from '../../src/health/condition.ts';

interface Options {
  readonly rise?: number;
  readonly fall?: number;
  /** Seconds. */
  readonly steady?: number;
  readonly up?: boolean;
}

/** What is thought after each probe, a second apart: U up, d down. */
function thoughtAfter(probes: string, { rise = 1, fall = 1, steady = 0, up = true }: Options = {}): string {
  const condition = new Condition(up, { rise, fall, steady: steady * 1000 });
  const thought = Array.from(probes, (probe, second) => {
    condition.note(probe === '+', second * 1000);
    return condition.up ? 'U' : 'd';
  });
  return thought.join('');
}

describe('the condition of a server', () => {
  test.each<[string, string, string, Options]>([
    ['changes after so many probes in a row', '+--+---++-+++', 'UUUUUUddUUUUU', { rise: 2, fall: 3 }],
    ['begins as it is told', '-+-++', 'ddddU', { rise: 2, up: false }],
    ['follows every probe where one is enough', '+-+-', 'UdUd', {}],
    ['takes twice as many successes each time that it falls soon', '-+-++-++++-', 'dUddUddddUd', { steady: 60 }],
    ['takes one again when it was up for long', '-+-+++++-+', 'dUddUUUUdU', { steady: 4 }],
  ])('%s', (_, probes, expected, options) => {
    expect(thoughtAfter(probes, options)).toBe(expected);
  });

  test('is damped 32 times at most', () => {
    const flapping = `-${'+'.repeat(64)}`.repeat(20);
    expect(thoughtAfter(flapping, { rise: 2, steady: 1000 }).endsWith(`${'d'.repeat(64)}U`)).toBe(true);
    expect(thoughtAfter(`${flapping}-${'+'.repeat(63)}`, { rise: 2, steady: 1000 }).endsWith('d')).toBe(true);
  });

  test('says when it has changed', () => {
    const condition = new Condition(true, { rise: 1, fall: 2, steady: 0 });
    expect([false, false, false, true, true].map((success, i) => condition.note(success, i))).toEqual([
      false,
      true,
      false,
      true,
      false,
    ]);
    expect(condition.since).toBe(3);
  });
});
