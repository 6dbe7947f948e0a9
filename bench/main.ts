import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Choice, parseChoice } from '../test/bed/arguments.ts';
import { type Bed, onEach, report } from '../test/bed/beds.ts';
import type { Version } from '../test/bed/kernels/kernels.ts';
import { root } from '../test/bed/vitest.ts';
import { type Comparison, compareOn, compareWith } from './against.ts';
import { callsAtOnce } from './at-once.ts';
import { codec } from './codec.ts';
import { connections } from './connections.ts';
import { eventLoop } from './event-loop.ts';
import { print, printRows } from './figures.ts';
import { measureGrowth } from './growth.ts';
import { growthTables } from './growth-tables.ts';
import type { Shape } from './guest/table.ts';
import { requireMemoryMaps } from './memory-maps.ts';
import { nftablesModules } from './nftables-modules.ts';
import { plot } from './plot.ts';
import { plotGrowth } from './plot-growth.ts';
import { plotMovements, plotShares } from './plot-schedulers.ts';
import { compareReconciles } from './reconcile.ts';
import { compareRestores } from './restore.ts';
import { roundtrip } from './roundtrip.ts';
import { CONNECTIONS, movements, shares } from './schedulers.ts';
import { compareScrapes } from './scrape.ts';
import { compareTables, type Measured } from './tables.ts';

const ROUNDS = 9;
const shapes: readonly Shape[] = [
  { services: 10, each: 100 },
  { services: 1, each: 1000 },
  { services: 100, each: 10 },
  { services: 1000, each: 10 },
];
/** Without a kernel, smaller ones take too little time to compare. */
const large: readonly Shape[] = [
  { services: 10, each: 1000 },
  { services: 1000, each: 10 },
  { services: 5000, each: 10 },
];
const largest: Shape = { services: 10_000, each: 10 };
const scraped = [
  { shape: { services: 1000, each: 10 }, rounds: 5 },
  { shape: largest, rounds: 3 },
];

/**
 * `npm run bench`: codec, event loop and one round trip on this machine; `-- --uml --kernel 6.12`: whole tables in the test
 * bed as well, with `--small` before it without the largest; `-- --observe`: a connection table, with `--uml --kernel 6.12`
 * behind it a scrape beside node_exporter's; `-- --restore --uml --kernel 6.12`: a rules file, against ipvsadm;
 * `-- --schedulers`: which servers each scheduler gives connections to; `-- --iptables 1,100,1000 --uml --kernel 6.12`: services as IPVS, iptables and nftables have them; `-- --against REVISION`: create,
 * read, list and patch against another commit, with `--uml --kernel 6.12` behind it on a kernel. Without `--uml` the kernel is emulated,
 * which takes ten times as long and is harder on JavaScript than on C. The first two, `--schedulers` and `--iptables` write bench/figures.json and
 * draw docs/performance.svg, docs/schedulers.svg, docs/schedulers-movement.svg and docs/why-ipvs.svg; the others only print.
 */
async function main(argv: string[]): Promise<number> {
  if (argv[0] === '--observe') return argv.length > 1 ? scrapes(parseChoice(argv.slice(1))) : observe();
  if (argv[0] === '--reconcile') return onEach(parseChoice(argv.slice(1)), reconciles);
  if (argv[0] === '--iptables') return growth(argv.slice(1));
  if (argv[0] === '--schedulers') return schedulers();
  if (argv[0] === '--restore') return onEach(parseChoice(argv.slice(1)), restores);
  if (argv[0] === '--against') return against(argv[1] ?? 'HEAD', argv.slice(2));
  const results = { date: today(), node: process.version, ...(await native()) };
  if (argv.length === 0) return save(results);
  const [small, rest] = argv[0] === '--small' ? [true, argv.slice(1)] : [false, argv];
  return onEach(parseChoice(rest), async (bed) => {
    const tables = await compareTables(bed, small ? shapes : [...shapes, largest], ROUNDS);
    for (const step of ['create', 'list', 'patch', 'delete']) printTables(bed, step, tables);
    writeFileSync(join(root, 'docs/performance.svg'), await plot(tables, `Linux ${bed.release}, ${bed.manner}`));
    return save({ ...results, kernel: bed.release, tables });
  });
}

/** IPVS against iptables and nftables, with as many services as the first word says: `1,100,1000`. */
function growth([sizes = '', ...rest]: string[]): Promise<number> {
  const numbers = sizes.split(',').map(Number);
  if (!numbers.every((each) => Number.isInteger(each) && each > 0))
    throw new Error(`--iptables takes numbers of services such as 1,100,1000, not '${sizes}'`);
  const choice = parseChoice(rest);
  if (choice.uml) requireMemoryMaps();
  return onEach(choice, async (bed) => {
    const modules = choice.uml ? await nftablesModules(bed.name as Version) : [];
    const growth = await measureGrowth(bed, numbers, modules);
    const subtitle = `Linux ${bed.release}, ${bed.manner}`;
    console.log(`\nServices of ten endpoints, ${subtitle}\n\n${growthTables(growth)}`);
    writeFileSync(join(root, 'docs/why-ipvs.svg'), await plotGrowth(growth, subtitle));
    return save({ growth: { date: today(), kernel: bed.release, manner: bed.manner, figures: growth } });
  });
}

/** What the fake kernel chooses, so that it is the same on every machine. */
async function schedulers(): Promise<number> {
  const [shared, moved] = [await shares(), await movements()];
  printRows(
    `${CONNECTIONS} connections to four servers, by their weights`,
    shared.map(({ scheduler, weight, connections }) => [scheduler, `weight ${weight}`, `${connections}`]),
  );
  printRows(
    'Clients that move',
    moved.map(({ scheduler, change, needed, besides, clients }) => [
      change,
      scheduler,
      `${needed} of ${clients}`,
      `and ${besides} besides`,
    ]),
  );
  writeFileSync(join(root, 'docs/schedulers.svg'), await plotShares(shared, CONNECTIONS));
  writeFileSync(join(root, 'docs/schedulers-movement.svg'), await plotMovements(moved));
  return save({ schedulers: { shares: shared, movements: moved } });
}

/** A million connections in the kernel's text. */
function observe(): number {
  printRows(
    'A table of 1,000,000 connections, read once by a new process',
    connections(ROUNDS).map(({ name, nanoseconds, ratio, memory, p99 }) => [
      name,
      `${nanoseconds.toFixed(0)} ns a line`,
      `${ratio.toFixed(2)} x`,
      `${memory.toFixed(0)} MiB`,
      `p99 ${p99.toFixed(1)} ms`,
    ]),
  );
  return 0;
}

async function scrapes(choice: Choice): Promise<number> {
  if (choice.uml) requireMemoryMaps();
  return onEach(choice, async (bed) => {
    for (const { shape, rounds } of scraped) {
      const figures = await compareScrapes(bed, shape, rounds);
      printRows(
        `Linux ${bed.release}, ${bed.manner}: one scrape of ${shape.services} x ${shape.each}, against node_exporter`,
        figures.map((figure) => [
          figure.name,
          `${figure.samples} samples`,
          `${(figure.bytes / 1e6).toFixed(1)} MB`,
          `${figure.milliseconds.toFixed(0)} ms of CPU`,
          `${figure.ratio.toFixed(2)} x (${figure.lowestRatio.toFixed(2)} to ${figure.highestRatio.toFixed(2)})`,
          `resident ${figure.resident.toFixed(0)} MiB, ${figure.residentRatio.toFixed(2)} x`,
          `peak ${figure.peak.toFixed(0)} MiB, ${figure.peakRatio.toFixed(2)} x`,
        ]),
      );
    }
    return 0;
  });
}

async function native() {
  const alone = codec();
  printRows(
    'The codec alone, over recorded dumps',
    alone.map(({ name, messagesPerSecond, megabytesPerSecond }) => [
      name,
      `${Math.round(messagesPerSecond)} messages/s`,
      `${megabytesPerSecond.toFixed(0)} MB/s`,
    ]),
  );
  const delays = await eventLoop();
  printRows(
    'The event loop while 110,000 objects are created and listed, ten times, the kernel taking no time',
    delays.map(({ name, p99, max }) => [name, `p99 ${p99.toFixed(1)} ms`, `at most ${max.toFixed(1)} ms`]),
  );
  const calls = await callsAtOnce();
  print('10,000 calls, the kernel taking no time: one of them', calls);
  const trips = await roundtrip();
  print("One request and its reply, this machine's kernel (nlctrl GETFAMILY)", trips);
  return { codec: alone, eventLoop: delays, calls, roundtrip: trips };
}

function printTables({ release, manner }: Bed, step: string, tables: readonly Measured[]): void {
  const rows = tables.filter((each) => each.step === step);
  printRows(
    `Linux ${release}, ${manner}: ${step}`,
    rows.map(({ services, each, name, value, ratio, lowestRatio, highestRatio, cpu, memory }) => [
      `${services} x ${each}`,
      name,
      `${value.toFixed(1)} ms`,
      `${ratio.toFixed(2)} x`,
      `(${lowestRatio.toFixed(2)} to ${highestRatio.toFixed(2)})`,
      `${cpu.toFixed(0)} ms of CPU`,
      memory > 0 ? `${memory.toFixed(0)} MiB` : '',
    ]),
  );
}

async function against(revision: string, words: string[]): Promise<number> {
  if (words.length === 0) {
    printComparisons(
      `This tree against ${revision}, the kernel taking no time`,
      await compareWith(revision, large, 7 * ROUNDS),
    );
    return 0;
  }
  return onEach(parseChoice(words), async (bed) => {
    const title = `Linux ${bed.release}, ${bed.manner}: this tree against ${revision}`;
    printComparisons(title, await compareOn(bed, revision, shapes, ROUNDS));
    return 0;
  });
}

function printComparisons(title: string, comparisons: readonly Comparison[]): void {
  printRows(
    title,
    comparisons.map(({ step, services, each, base, current, ratio, lowerQuartile, upperQuartile }) => [
      step,
      `${services} x ${each}`,
      `${current.toFixed(1)} ms of CPU`,
      `against ${base.toFixed(1)}`,
      `${ratio.toFixed(3)} x`,
      `(half of the rounds ${lowerQuartile.toFixed(2)} to ${upperQuartile.toFixed(2)})`,
    ]),
  );
}

async function reconciles(bed: Bed): Promise<number> {
  for (const shape of [{ services: 1000, each: 10 }, largest]) await compareReconciles(bed, shape, ROUNDS);
  return 0;
}

async function restores(bed: Bed): Promise<number> {
  for (const { services, rounds } of [
    { services: 1000, rounds: 5 },
    { services: 10_000, rounds: 1 },
  ]) {
    const figures = await compareRestores(bed, services, 10, rounds);
    print(
      `Linux ${bed.release}, ${bed.manner}: ${services * 11} rules restored; how many times faster than ipvsadm`,
      figures,
    );
  }
  return 0;
}

/** Keeps what other benchmarks have written. */
function save(results: object): number {
  const path = join(root, 'bench/figures.json');
  const figures = { ...JSON.parse(readFileSync(path, 'utf8')), ...results };
  writeFileSync(path, `${JSON.stringify(figures, undefined, 2)}\n`);
  return 0;
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

process.exitCode = await main(process.argv.slice(2)).catch(report);
