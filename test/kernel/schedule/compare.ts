import type { KernelVersion } from '../../../src/testing/index.ts';
import { fakeSide } from '../../testing/schedule/fake-side.ts';
import { type Outcome, play, type Scenario } from '../../testing/schedule/scenario.ts';
import { kernelSide, type Machine } from './kernel-side.ts';

/** Seconds after which a real kernel may forget a connection: those of a TCP connection that is not established. */
const LIMIT = 60;

export interface Comparison {
  /** Where packets went from both; `'-'` for nowhere. */
  readonly choices: readonly string[];
  /** What was seen last of the real kernel. */
  readonly ending: readonly string[];
  readonly difference?: string;
  /** The difference is no more than that the real kernel still has a connection that it has ended. */
  readonly lingers?: boolean;
}

/**
 * Plays a scenario to both kernels, up to the first difference. It is played once more where all that differs is a connection in TIME_WAIT: one
 * that Linux ends at once may yet last a minute, if its timer, on another processor, finds it still in use (ip_vs_conn.c, ip_vs_conn_expire).
 */
export async function compare(scenario: Scenario, version: KernelVersion, machine?: Machine): Promise<Comparison> {
  const comparison = await compareOnce(scenario, version, machine);
  if (!comparison.lingers) return comparison;
  console.warn(`Compared again because of a difference: ${comparison.difference}`);
  return compareOnce(scenario, version, machine);
}

async function compareOnce(scenario: Scenario, version: KernelVersion, machine?: Machine): Promise<Comparison> {
  await using real = await kernelSide(scenario, machine);
  await using fake = await fakeSide(scenario, { version, littleEndian: machine?.sockets.littleEndian });
  const started = performance.now();
  const imitated = play(scenario, fake);
  const choices: string[] = [];
  let ending: readonly string[] = [];
  let step = 0;
  for await (const seen of play(scenario, real)) {
    const { value } = await imitated.next();
    const difference = value && differenceOf(value, seen);
    if (difference) {
      if (performance.now() - started > LIMIT * 1000)
        throw new Error(`${scenario.title} took longer than ${LIMIT} s, so connections may be over: ${difference}`);
      const what = JSON.stringify(scenario.steps[step]).slice(0, 200);
      const text = `${scenario.title}, step ${step}, ${what}: ${difference}`;
      return { choices, ending, difference: text, lingers: lingers(value, seen) };
    }
    choices.push(...seen.choices);
    ending = seen.lines;
    step++;
  }
  return { choices, ending };
}

function differenceOf(fake: Outcome, real: Outcome): string | undefined {
  const at = real.choices.findIndex((choice, i) => choice !== fake.choices[i]);
  if (at >= 0) return `packet ${at} went to ${real.choices[at]}, by the fake to ${fake.choices[at]}`;
  const [more, fewer] = [notIn(fake.lines, real.lines), notIn(real.lines, fake.lines)];
  if (more.length + fewer.length === 0) return undefined;
  return `the kernel alone has ${more.slice(0, 3).join('; ')}, the fake alone ${fewer.slice(0, 3).join('; ')}`;
}

/** Whether the choices agree, and of connections the real kernel alone has some, which are in TIME_WAIT. */
function lingers(fake: Outcome, real: Outcome): boolean {
  const connections = (lines: readonly string[]) => lines.filter((line) => /^(tcp|udp|sctp|ip) /.test(line));
  const more = connections(notIn(fake.lines, real.lines));
  return (
    real.choices.every((choice, i) => choice === fake.choices[i]) &&
    more.length > 0 &&
    more.every((line) => line.endsWith(' TIME_WAIT')) &&
    connections(notIn(real.lines, fake.lines)).length === 0
  );
}

function notIn(some: readonly string[], others: readonly string[]): string[] {
  const known = new Set(some);
  return others.filter((line) => !known.has(line));
}
