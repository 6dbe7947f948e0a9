import type { KernelVersion } from '../../../src/testing/index.ts';
import { fakeSide } from '../../testing/schedule/fake-side.ts';
import { type Outcome, play, type Scenario } from '../../testing/schedule/scenario.ts';
import { kernelSide, type Machine } from './kernel-side.ts';

/** Seconds after which a real kernel may forget a connection: those of a TCP connection that is not established. */
const LIMIT = 60;

export interface Comparison {
  /** Where packets went from both; `'-'` for nowhere. */
  readonly choices: readonly string[];
  readonly difference?: string;
}

/**
 * Plays a scenario to both kernels, up to the first difference, which is one if it is there the second time as well: a connection that
 * Linux ends at once may yet last a minute, if its timer, on another processor, finds it still in use (ip_vs_conn.c, ip_vs_conn_expire).
 */
export async function compare(scenario: Scenario, version: KernelVersion, machine?: Machine): Promise<Comparison> {
  const comparison = await compareOnce(scenario, version, machine);
  if (!comparison.difference) return comparison;
  console.warn(`Compared again because of a difference: ${comparison.difference}`);
  return compareOnce(scenario, version, machine);
}

async function compareOnce(scenario: Scenario, version: KernelVersion, machine?: Machine): Promise<Comparison> {
  await using real = await kernelSide(scenario, machine);
  await using fake = await fakeSide(scenario, { version, littleEndian: machine?.sockets.littleEndian });
  const started = performance.now();
  const imitated = play(scenario, fake);
  const choices: string[] = [];
  let step = 0;
  for await (const seen of play(scenario, real)) {
    const { value } = await imitated.next();
    const difference = value && differenceOf(value, seen);
    if (difference) {
      if (performance.now() - started > LIMIT * 1000)
        throw new Error(`${scenario.title} took longer than ${LIMIT} s, so connections may be over: ${difference}`);
      const what = JSON.stringify(scenario.steps[step]).slice(0, 200);
      return { choices, difference: `${scenario.title}, step ${step}, ${what}: ${difference}` };
    }
    choices.push(...seen.choices);
    step++;
  }
  return { choices };
}

function differenceOf(fake: Outcome, real: Outcome): string | undefined {
  const at = real.choices.findIndex((choice, i) => choice !== fake.choices[i]);
  if (at >= 0) return `packet ${at} went to ${real.choices[at]}, by the fake to ${fake.choices[at]}`;
  const [more, fewer] = [notIn(fake.lines, real.lines), notIn(real.lines, fake.lines)];
  if (more.length + fewer.length === 0) return undefined;
  return `the kernel alone has ${more.slice(0, 3).join('; ')}, the fake alone ${fewer.slice(0, 3).join('; ')}`;
}

function notIn(some: readonly string[], others: readonly string[]): string[] {
  const known = new Set(some);
  return others.filter((line) => !known.has(line));
}
