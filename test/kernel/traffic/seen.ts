import { type Case, cases, isPossible, nameOf, schedulers, ways } from './cases.ts';
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
  return `${waysTable(all)}\n\n${schedulersTable(all)}`;
}

function waysTable(all: readonly Seen[]): string {
  const rows = cases.filter(({ protocol }) => protocol === 'tcp');
  return table([
    ['forwarding', 'service', 'server', ...Object.values(columns)],
    ...rows.map((row) => [
      row.way,
      versions[row.family],
      versions[row.outer],
      ...protocols.map((protocol) => wayCell(all, { ...row, protocol })),
    ]),
  ]);
}

function wayCell(all: readonly Seen[], each: Case): string {
  return isPossible(each) ? kernels(all, (answers) => share([answers['rr']?.[each.way]?.[nameOf(each)]])) : 'refused';
}

function schedulersTable(all: readonly Seen[]): string {
  const names = Object.keys(ways);
  return table([
    ['scheduler', ...names],
    ...schedulers.map((scheduler) => [
      `\`${scheduler}\``,
      ...names.map((way) => {
        const possible = cases.filter((each) => each.way === way && isPossible(each)).map(nameOf);
        return kernels(all, (answers) => share(possible.map((name) => answers[scheduler]?.[way]?.[name])));
      }),
    ]),
  ]);
}

/** Nothing more than the version if all were answered, else how many; undefined if none was asked. */
function share(answers: readonly (readonly string[] | undefined)[]): string | undefined {
  if (answers.every((both) => both === undefined)) return undefined;
  const good = answers.filter((both) => both?.every((who) => /^(director|real\d)$/.test(who))).length;
  return good === answers.length ? '' : `: ${good} of ${answers.length}`;
}

/** The kernels that have seen something, each with what it says beside its version. */
function kernels(all: readonly Seen[], say: (answers: Seen['answers']) => string | undefined): string {
  const said = all.flatMap(({ release, answers }) => {
    const text = say(answers);
    const [version = release] = /^\d+\.\d+/.exec(release) ?? [];
    return text === undefined ? [] : [`${version}${text}`];
  });
  return [...new Set(said)].join(', ') || 'not seen';
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
