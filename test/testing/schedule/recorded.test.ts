import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isLittleEndian, recordedKernels, versionOf } from '../../support/fixtures.ts';
import { fakeSide } from './fake-side.ts';
import { deterministic, randomScenario } from './random-scenario.ts';
import { formatRecorded, parseRecorded } from './recorded.ts';
import { play } from './scenario.ts';
import { writtenScenarios } from './written-scenarios.ts';

const root = new URL('../../fixtures/', import.meta.url);

// What real kernels chose (test/kernel/schedule): the fake of the same version chooses the same.
describe.each(recordedKernels)('recorded on Linux %s', (kernel) => {
  const folder = new URL(`${kernel}/schedule/`, root);

  test('there is each scheduler that chooses without chance', () => {
    expect(readdirSync(folder).sort()).toEqual(deterministic.map((name) => `${name}.txt`).sort());
  });

  test.each(deterministic)('%s chooses as there', async (scheduler) => {
    const { scenario, choices } = parseRecorded(readFileSync(new URL(`${scheduler}.txt`, folder), 'utf8'));
    await using fake = await fakeSide(scenario, { version: versionOf(kernel), littleEndian: isLittleEndian(kernel) });
    const chosen: string[] = [];
    for await (const outcome of play(scenario, fake)) chosen.push(...outcome.choices);
    expect(chosen).toEqual(choices);
    expect(new Set(choices).size).toBeGreaterThan(1);
  });
});

test('a scenario is the same after it was written and read', () => {
  const random = deterministic.map((_, number) => randomScenario(number, 40));
  for (const scenario of [...random, ...writtenScenarios('7.2')]) {
    const choices = scenario.steps.flatMap((step) =>
      'packets' in step ? step.packets.map((_, i) => `192.0.2.${i}:80`) : [],
    );
    const text = formatRecorded('a comment', { scenario, choices });
    const read = parseRecorded(text);
    expect(read.choices).toEqual(choices);
    expect(formatRecorded('a comment', read)).toBe(text);
  }
});
