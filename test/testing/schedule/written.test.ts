import { describe, expect, test } from 'vitest';
import type { KernelVersion } from '../../../src/testing/index.ts';
import { fakeSide } from './fake-side.ts';
import { play } from './scenario.ts';
import { titled, writtenScenarios } from './written-scenarios.ts';

// test/kernel/schedule plays the same to real kernels.
describe.each(['5.10', '6.1', '6.12', '7.2'] satisfies KernelVersion[])('a fake Linux %s', (version) => {
  test.each(titled(writtenScenarios(version)))('%s', async (_, scenario) => {
    await using fake = await fakeSide(scenario, { version });
    let ending: readonly string[] = [];
    for await (const { lines } of play(scenario, fake)) ending = lines;
    expect([...ending].sort()).toEqual(scenario.ending);
  });
});
