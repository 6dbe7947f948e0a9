import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Ipvs } from 'ipvs';
import { FakeKernel } from 'ipvs/testing';
import type { MeasuredReading, Reading } from './connections.ts';

const LINES = 1_000_000;
/** The text repeats itself after so many. */
const DIFFERENT = 50_000;
const PIECE_BYTES = 64 * 1024;

/** `node --import tsx bench/read-connections.ts split|count|filter` reads the table once, and prints what it took. */
const text = Buffer.from(Array.from({ length: DIFFERENT }, (_, i) => `${line(i)}\n`).join(''));
const title = Buffer.from('Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n');

function line(i: number): string {
  const [client, port] = [(0x0a000000 + i).toString(16), (1024 + (i % 60_000)).toString(16)].map((word) =>
    word.toUpperCase(),
  );
  const server = (0xac100001 + (i % 10)).toString(16).toUpperCase();
  const states = ['ESTABLISHED', 'ESTABLISHED', 'TIME_WAIT', 'FIN_WAIT', 'SYN_RECV'];
  const state = states[i % states.length] ?? '';
  return `TCP ${client?.padStart(8, '0')} ${port?.padStart(4, '0')} C0000201 0050 ${server} 1F90 ${state.padEnd(11)} ${String(i % 900).padStart(7)}`;
}

/** As the kernel's file comes: one piece of memory, overwritten with each read. */
async function* readFile(): AsyncGenerator<Uint8Array> {
  yield title;
  const piece = Buffer.alloc(PIECE_BYTES);
  for (let round = 0; round < LINES / DIFFERENT; round++)
    for (let at = 0; at < text.length; at += PIECE_BYTES) {
      const size = text.copy(piece, 0, at, at + PIECE_BYTES);
      await new Promise((resolve) => setImmediate(resolve)); // a read of a file takes a turn of the event loop
      yield piece.subarray(0, size);
    }
}

async function split(): Promise<number> {
  let [count, rest] = [0, ''];
  for await (const piece of readFile()) {
    const lines = (rest + Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const each of lines) {
      const [, , , , , , , state] = each.split(/ +/);
      if (state !== undefined && state !== 'State') count++;
    }
  }
  return count;
}

async function count(state?: string): Promise<number> {
  const fake = new FakeKernel();
  const kernel = {
    openNetlink: (protocol: 'generic' | 'route' | 'netfilter') => fake.openNetlink(protocol),
    writeFile: (path: string, written: string) => fake.writeFile(path, written),
    readFile,
  };
  await using ipvs = await Ipvs.open({ kernel });
  let found = 0;
  for await (const _ of ipvs.connections({ state })) found++;
  return found;
}

const expected: Readonly<Record<Reading, number>> = { split: LINES, count: LINES, filter: LINES / 5 };
const reading = process.argv[2] as Reading;
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const before = process.cpuUsage();
const found = await (reading === 'split' ? split() : count(reading === 'filter' ? 'SYN_RECV' : undefined));
const { user, system } = process.cpuUsage(before);
delay.disable();
if (found !== expected[reading]) throw new Error(`${found} connections were found, not ${expected[reading]}`);
const measured: MeasuredReading = {
  nanoseconds: ((user + system) * 1000) / LINES,
  memory: process.resourceUsage().maxRSS / 1024,
  p99: delay.percentile(99) / 1e6,
};
console.log(JSON.stringify(measured));
