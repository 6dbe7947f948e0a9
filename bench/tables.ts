import { copyFile, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'tsup';
import type { Bed } from '../test/bed/beds.ts';
import { root } from '../test/bed/vitest.ts';
import { compile } from './compile.ts';
import { type Figure, median } from './figures.ts';
import { rules } from './rules.ts';

const TIME_LIMIT = 3600;

/** The size of a table. */
export interface Shape {
  readonly services: number;
  readonly each: number;
}

/** What one subject took for one step: medians of all sittings. */
export interface Measured extends Figure {
  readonly step: string;
  readonly services: number;
  readonly each: number;
  /** Milliseconds of processor time; 0 where it was not measured. */
  readonly cpu: number;
  /** Peak memory in MiB; 0 where it was not measured. */
  readonly memory: number;
}

/** What ratios are against. */
const FLOOR = 'C, 64 requests at a time';

/** Programs that make one table and end, each in a namespace of its own. */
const IPVSADM = { name: 'ipvsadm', command: 'fresh bash "$IPVS_OUT"/ipvsadm.sh "$IPVS_OUT"/rules-$services-$each' };
const ONE_BY_ONE = { name: 'C, one request at a time', command: 'fresh "$IPVS_OUT"/table $services $each 1' };
const BATCHED = { name: FLOOR, command: 'fresh "$IPVS_OUT"/table $services $each 64' };

/** One process that makes one table after the other, as a controller does, and the first one it ever makes. */
const WARM = 'this package';
const COLD = 'this package, its first table';
const WARM_UPS = Array.from({ length: 20 }, () => ({ services: 600, each: 10 }));

/**
 * Tables created, listed, patched and deleted by the barest C, by ipvsadm and by this package, in one boot, each time in a
 * fresh network namespace: destinations deleted a moment ago would slow down those added after them.
 */
export async function compareTables(bed: Bed, shapes: readonly Shape[], sittings: number): Promise<Measured[]> {
  const out = await mkdtemp(join(tmpdir(), 'ipvs-bench-'));
  try {
    await copyFile(compile('table'), join(out, 'table'));
    await bundle(out);
    await symlink(join(root, 'node_modules'), join(out, 'node_modules'));
    await writeFile(join(out, 'ipvsadm.sh'), ipvsadm);
    for (const { services, each } of shapes)
      await writeFile(join(out, `rules-${services}-${each}`), rules(services, each));
    // The first run of all pays for loading the modules.
    const first = 'fresh "$IPVS_OUT"/table 1 1 1 > /dev/null || exit';
    const script = [functions, first, ...Array.from({ length: sittings }, (_, i) => sitting(shapes, i === 0))].join(
      '\n',
    );
    const { status, output } = await bed.run(['bash', '-c', script], {
      out,
      cwd: root,
      timeout: TIME_LIMIT,
      onOutput: (chunk) => process.stderr.write(chunk),
    });
    if (status !== 0) throw new Error(`the benchmark failed:\n${output}`);
    return figuresOf(output);
  } finally {
    await rm(out, { recursive: true });
  }
}

/** The program as its users run it: built, and in one file, since the guest reads files slowly. */
async function bundle(outDir: string): Promise<void> {
  await build({
    entry: { table: join(root, 'bench/guest/table.ts') },
    format: 'esm',
    target: 'node20',
    outDir,
    config: false,
    silent: true,
    dts: false,
    noExternal: ['ipvs'],
    external: ['koffi', 'debug', 'buffer-layout'],
    outExtension: () => ({ js: '.mjs' }),
  });
}

/** The floor and this package follow upon one another, because a machine's pace changes from minute to minute. */
function sitting(shapes: readonly Shape[], withIpvsadm: boolean): string {
  const programs = withIpvsadm ? [IPVSADM, ONE_BY_ONE, BATCHED] : [ONE_BY_ONE, BATCHED]; // once is enough of it
  const one = (shape: Shape) => [
    `services=${shape.services} each=${shape.each}; echo "## $services $each"`,
    ...programs.map(({ name, command }) => `echo '# ${name}'; ${command} || exit`),
    `echo '# ${WARM}'; ${tables(WARM_UPS, [shape])}`,
  ];
  return [...shapes.flatMap(one), `echo '# ${COLD}'; ${tables([], shapes.slice(-1))}`].join('\n');
}

/** Runs our program over tables, each in a namespace of its own. */
function tables(warmUps: readonly Shape[], shapes: readonly Shape[]): string {
  const words = (some: readonly Shape[]) => some.map(({ services, each }) => `${services},${each},$(netns)`).join(' ');
  return `node "$IPVS_OUT"/table.mjs ${words(warmUps)} -- ${words(shapes)} || exit; kill $(cat "$IPVS_OUT"/pids); : > "$IPVS_OUT"/pids`;
}

/** `fresh` runs a command in a network namespace of its own; `netns` makes one that lasts and prints its path. */
const functions = `
fresh() { unshare -n sh -c 'ip link set lo up; exec "$@"' sh "$@"; }
netns() {
  unshare -n sh -c 'ip link set lo up; touch "$IPVS_OUT/up.$$"; exec sleep 3600' > /dev/null 2>&1 &
  until [ -e "$IPVS_OUT/up.$!" ]; do sleep 0.1; done
  echo $! >> "$IPVS_OUT"/pids
  echo /proc/$!/ns/net
}
`;

const ipvsadm = `TIMEFORMAT='create %3R %3U %3S'; time ipvsadm -R < "$1" || exit
TIMEFORMAT='list %3R %3U %3S'; time ipvsadm -Sn > /dev/null
`;

interface Run {
  readonly subject: string;
  readonly step: string;
  readonly services: number;
  readonly each: number;
  readonly values: readonly number[];
}

function figuresOf(output: string): Measured[] {
  const groups = new Map<string, Run[]>();
  for (const run of runsOf(output)) {
    const name = [run.services, run.each, run.step, run.subject].join(' ');
    groups.set(name, [...(groups.get(name) ?? []), run]);
  }
  const all = [...groups.values()].map((runs) => {
    const [{ subject: name, step, services, each }] = runs as [Run];
    const [value = 0, cpu = 0, memory = 0] = [0, 1, 2].map((i) => median(runs.map(({ values }) => values[i] ?? 0)));
    return { name, step, services, each, value, unit: 'ms', cpu, memory };
  });
  return all.map((each) => ({ ...each, ratio: each.value / (floorOf(all, each)?.value ?? Number.NaN) }));
}

function floorOf<T extends Omit<Measured, 'ratio'>>(all: readonly T[], of: T): T | undefined {
  return all.find(
    (each) => each.name === FLOOR && each.step === of.step && each.services === of.services && each.each === of.each,
  );
}

function runsOf(output: string): Run[] {
  const runs: Run[] = [];
  let [subject, services, each] = ['', 0, 0];
  for (const line of output.split('\n')) {
    const words = line.trim().split(' ');
    if (words[0] === '##') [services, each] = [Number(words[1]), Number(words[2])];
    else if (words[0] === '#') subject = line.slice(2).trim();
    else if (words.length === 4 && words.slice(1).every((word) => /^[\d.]+$/.test(word))) {
      const numbers = words.slice(1).map(Number);
      // bash counts in seconds: real, user, system.
      const [real = 0, user = 0, system = 0] = numbers;
      const values = subject === 'ipvsadm' ? [real * 1000, (user + system) * 1000, 0] : numbers;
      runs.push({ subject, step: words[0] ?? '', services, each, values });
    }
  }
  return runs;
}
