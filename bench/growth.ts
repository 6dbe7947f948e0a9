import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bed } from '../test/bed/beds.ts';
import { ensureTools } from '../test/bed/debian/packages.ts';
import { root } from '../test/bed/vitest.ts';
import { bundle } from './bundle.ts';
import { compile } from './compile.ts';

const TIME_LIMIT = 7200;
/** MiB: the program iptables-nft-restore alone takes gigabytes for the largest table. */
const MEMORY = 8192;

/** Microseconds that the set-up of a connection takes, in each round. */
export interface Latency {
  readonly p50: number[];
  readonly p99: number[];
}

/** One way to program so many services, measured. */
export interface Growth {
  readonly name: string;
  readonly services: number;
  /** Milliseconds from an empty table to all services. */
  readonly program: number;
  /** Milliseconds of one service more, and of one endpoint replaced: each repetition. */
  readonly added: readonly number[];
  readonly changed: readonly number[];
  /** KiB of kernel memory that the services take. */
  readonly memory: number;
  readonly latency: Readonly<Record<'first' | 'middle' | 'last', Latency>>;
}

/** One way that took too long to program so many services. */
export interface GivenUp {
  readonly name: string;
  readonly services: number;
  /** Seconds after which it was ended. */
  readonly givenUp: number;
}

/**
 * IPVS, iptables and nftables programmed with services of ten endpoints, and connections through them: see
 * bench/guest/growth. All in one boot.
 * @param modules paths of kernel modules to load before
 */
export async function measureGrowth(
  bed: Bed,
  sizes: readonly number[],
  modules: readonly string[],
): Promise<(Growth | GivenUp)[]> {
  await ensureTools({ nft: 'nftables', 'iptables-legacy-restore': 'iptables' });
  const out = await mkdtemp(join(tmpdir(), 'ipvs-growth-'));
  try {
    await bundle(['growth/growth'], out);
    await copyFile(compile('connect', ['-static']), join(out, 'connect'));
    const load =
      modules.length > 0 ? [`modprobe -a x_tables nf_nat nfnetlink`, ...modules.map((path) => `insmod ${path}`)] : [];
    const command = [...load, `node "$IPVS_OUT"/growth.mjs "$IPVS_OUT"/connect ${sizes.join(' ')}`].join(' && ');
    const onOutput = (text: string) => process.stderr.write(text); // a large table takes its time
    const options = { out, cwd: root, timeout: TIME_LIMIT, memory: MEMORY, onOutput };
    const { status, output } = await bed.run(['sh', '-c', command], options);
    if (status !== 0) throw new Error(`the benchmark failed:\n${output}`);
    const lines = output.split('\n').filter((line) => line.startsWith('{'));
    return lines.map((line): Growth | GivenUp => JSON.parse(line));
  } finally {
    await rm(out, { recursive: true });
  }
}
