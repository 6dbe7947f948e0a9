import { Refused } from '../netlink/refused.ts';
import type { Sysctl } from './handlers.ts';

const UINT_MAX = 0xffffffff;

/** A setting that is a set of processors. */
export interface CpuListSysctl extends Sysctl {
  readonly cpus: ReadonlySet<number>;
}

/** A set of processors, written and read as a list such as `0-1,3` (ip_vs_ctl.c, ipvs_proc_est_cpulist). */
export function cpuList(count: number): CpuListSysctl {
  let cpus: ReadonlySet<number> = new Set(Array.from({ length: count }, (_, cpu) => cpu));
  return {
    get cpus() {
      return cpus;
    },
    read: () => `${formatCpuList(cpus)}\n`,
    write(text) {
      if (text !== '') cpus = parseCpuList(text, count); // without a byte the handler is not reached
    },
  };
}

/** The processors of a list, up to the end of the line (lib/bitmap-str.c, bitmap_parselist). Throws Refused. */
function parseCpuList(text: string, count: number): Set<number> {
  const cpus = new Set<number>();
  for (const region of text.split(/[\s,]+/).filter(Boolean)) {
    const { start, end, offset, group } = parseRegion(region, count - 1);
    if (start > end || group === 0 || offset > group) throw new Refused('EINVAL');
    if (end >= count) throw new Refused('ERANGE');
    for (let cpu = start; cpu <= end; cpu++) if ((cpu - start) % group < offset) cpus.add(cpu);
  }
  return cpus;
}

/** `3`, `0-3`, `all`, each with the first `2` of every `4` of it as `:2/4`; `N` is the last processor. */
function parseRegion(text: string, last: number): { start: number; end: number; offset: number; group: number } {
  const [whole, all, from = '', to, used, size] =
    /^(?:(all)|(\d+|N)(?:-(\d+|N))?)(?::(\d+|N)\/(\d+|N))?/i.exec(text) ?? [];
  if (whole === undefined) throw new Refused('EINVAL');
  const number = (word: string) => {
    const value = word === 'N' ? last : Number(word);
    if (value > UINT_MAX) throw new Refused('EOVERFLOW');
    return value;
  };
  const start = all ? 0 : number(from);
  const end = all ? last : to === undefined ? start : number(to);
  const length = end - start + 1;
  const region = { start, end, offset: used ? number(used) : length, group: size ? number(size) : length };
  if (whole !== text) throw new Refused('EINVAL');
  return region;
}

function formatCpuList(cpus: ReadonlySet<number>): string {
  const ranges: [number, number][] = [];
  for (const cpu of [...cpus].sort((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range && range[1] === cpu - 1) range[1] = cpu;
    else ranges.push([cpu, cpu]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}
