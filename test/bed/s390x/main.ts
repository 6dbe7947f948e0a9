import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { report } from '../beds.ts';
import { ensureTools } from '../debian/packages.ts';
import { follow } from '../process.ts';
import { readScore, root, type Score, vitestCommand } from '../vitest.ts';
import { VERSION } from './debian.ts';
import { startGuest } from './guest.ts';
import { testInNode } from './node.ts';

/** What this machine needs, and the Debian package that brings it. */
const needs = {
  'qemu-system-s390x': 'qemu-system-misc',
  'qemu-s390x-static': 'qemu-user-static',
  's390x-linux-gnu-gcc': 'gcc-s390x-linux-gnu',
  '/usr/s390x-linux-gnu/include/stdlib.h': 'libc6-dev-s390x-cross',
  depmod: 'kmod',
  cpio: 'cpio',
  xz: 'xz-utils',
  zstd: 'zstd',
  '/usr/share/keyrings/debian-archive-keyring.gpg': 'debian-archive-keyring',
};

/** Seconds. */
const LIMIT = 900;

const onOutput = (chunk: string) => process.stdout.write(chunk);

/**
 * `npm run test:s390x [-- --record] [-- words for vitest]`: from this machine's Node on a big-endian kernel, whose conversations
 * may be kept in test/fixtures; then in a big-endian Node, on recordings and fake kernels. Words for vitest choose among the
 * former.
 */
async function main(argv: string[]): Promise<number> {
  const options = { record: { type: 'boolean', default: false } } as const;
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options });
  await ensureTools(needs);
  const scores = [await timed(`Linux ${VERSION} on s390x`, () => testOnKernel(positionals, values.record))];
  if (positionals.length === 0) scores.push(await timed('Node on s390x', () => testInNode(onOutput)));
  const sum = (key: keyof Score) => scores.reduce((total, score) => total + score[key], 0);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
  return sum('failed') > 0 ? 1 : 0;
}

async function timed(what: string, act: () => Promise<Score>): Promise<Score> {
  const started = Date.now();
  const score = await act().catch((error) => ({ passed: 0, failed: report(error) }));
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`${what}: ${score.passed} passed, ${score.failed} failed in ${seconds} s`);
  return score;
}

async function testOnKernel(words: string[], record: boolean): Promise<Score> {
  const out = await mkdtemp(join(tmpdir(), 'ipvs-s390x-results-'));
  const [results, fixtures] = [join(out, 'results.json'), join(out, 'fixtures')];
  const guest = await startGuest();
  let score: Score | undefined;
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
    const [node = '', ...command] = vitestCommand('--project', 's390x', ...reporters, ...words);
    const env = { ...process.env, CI: 'true', IPVS_S390X_PIPES: guest.pipes, IPVS_OUT: record ? fixtures : '' };
    const { status = 1 } = await follow(node, command, env, { cwd: root, timeout: LIMIT, onOutput });
    score = await readScore(results, status);
    if (record && score.failed === 0) await keep(fixtures);
    return score;
  } finally {
    const said = await guest.stop();
    if (score?.failed !== 0) console.error(said);
    await rm(out, { recursive: true, force: true });
  }
}

/** Keeps the conversations in place of those that were there. */
async function keep(recordings: string): Promise<void> {
  const folder = join(root, 'test/fixtures', `${VERSION}-s390x`);
  await rm(folder, { recursive: true, force: true });
  await cp(recordings, folder, { recursive: true });
}

process.exitCode = await main(process.argv.slice(2)).catch(report);
