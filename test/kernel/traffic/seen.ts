import { type Case, cases, isPossible, makeScene, nameOf, schedulers, ways } from './cases.ts';
import type { Family } from './network.ts';

/** What a run has seen on a kernel: by scheduler, way and case, who answered the client's two questions. */
export interface Seen {
  /** `uname -r`. */
  readonly release: string;
  /** A scheduler without ways is not in this kernel. */
  readonly answers: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>>>;
}

const columns = { tcp: 'TCP', udp: 'UDP', sctp: 'SCTP', mark: 'firewall mark' } as const;
const protocols = Object.keys(columns) as (keyof typeof columns)[];
const versions: Readonly<Record<Family, string>> = { inet: 'IPv4', inet6: 'IPv6' };

/** The tables of the documentation: every way of every family and protocol, then every scheduler by every way. */
export function seenTables(all: readonly Seen[]): string {
  const kernels = `Kernels: ${all.map(({ release }) => `Linux ${release}`).join(', ')}.`;
  return [kernels, waysTable(all), schedulersTable(all)].join('\n\n');
}

/** Round robin goes to each server in turn; where the others go is theirs to say, among the servers of the service. */
export function isRight(scheduler: string, each: Case, answers: readonly string[]): boolean {
  const { servers } = makeScene(each, 1);
  const [one, other = one] = servers;
  if (scheduler === 'rr') return `${answers}` === `${[one, other]}`;
  return answers.length === 2 && answers.every((who) => servers.includes(who));
}

function waysTable(all: readonly Seen[]): string {
  const rows = cases.filter(({ protocol }) => protocol === 'tcp');
  return table([
    ['forwarding', 'service', 'server', ...Object.values(columns)],
    ...rows.map((row) => [
      row.way,
      versions[row.family],
      versions[row.outer],
      ...protocols.map((protocol) => (isPossible(row) ? cell(all, 'rr', [{ ...row, protocol }]) : 'refused')),
    ]),
  ]);
}

function schedulersTable(all: readonly Seen[]): string {
  const names = Object.keys(ways);
  const possible = (way: string) => cases.filter((each) => each.way === way && isPossible(each));
  return table([
    ['scheduler', ...names],
    ...schedulers.map((scheduler) => [`\`${scheduler}\``, ...names.map((way) => cell(all, scheduler, possible(way)))]),
  ]);
}

/** The kernels on which all of some cases were answered, then those on which fewer were. */
function cell(all: readonly Seen[], scheduler: string, possible: readonly Case[]): string {
  const [whole, short, missing] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for (const { release, answers } of all) {
    const [version = release] = /^\d+\.\d+/.exec(release) ?? [];
    const row = answers[scheduler] ?? {};
    if (Object.keys(row).length === 0) missing.add(version);
    const asked = possible.flatMap((each) => {
      const both = row[each.way]?.[nameOf(each)];
      return both ? [isRight(scheduler, each, both)] : [];
    });
    const good = asked.filter(Boolean).length;
    if (good === possible.length) whole.add(version);
    else if (asked.length > 0) short.add(`${good || 'none'}${good > 0 ? ` of ${possible.length}` : ''} on ${version}`);
  }
  const absent = [...missing].filter((version) => !whole.has(version)).map((version) => `not in ${version}`);
  return [...whole, ...short, ...absent].join(', ') || 'not seen';
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
