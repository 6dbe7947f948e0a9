import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { report } from '../beds.ts';
import { ensureTools } from '../debian/packages.ts';
import { follow } from '../process.ts';
import { readScore, root, vitestCommand } from '../vitest.ts';
import { VERSION } from './debian.ts';
import { startGuest } from './guest.ts';

/** What this machine needs, and the Debian package that brings it. */
const needs = {
  'qemu-system-s390x': 'qemu-system-misc',
  's390x-linux-gnu-gcc': 'gcc-s390x-linux-gnu',
  '/usr/s390x-linux-gnu/include/stdlib.h': 'libc6-dev-s390x-cross',
  depmod: 'kmod',
  cpio: 'cpio',
  xz: 'xz-utils',
  zstd: 'zstd',
  '/usr/share/keyrings/debian-archive-keyring.gpg': 'debian-archive-keyring',
};

/** `npm run test:s390x [-- --record] [-- words for vitest]`: the contract on a big-endian kernel, whose conversations may be kept. */
async function main(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { record: { type: 'boolean' } },
  });
  await ensureTools(needs);
  const out = await mkdtemp(join(tmpdir(), 'ipvs-s390x-results-'));
  const started = Date.now();
  const guest = await startGuest();
  try {
    const results = join(out, 'results.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
    const [node = '', ...words] = vitestCommand('--project', 's390x', ...reporters, ...positionals);
    const env = {
      ...process.env,
      CI: 'true',
      IPVS_S390X_PIPES: guest.pipes,
      IPVS_OUT: values.record ? join(out, 'fixtures') : '',
    };
    const onOutput = (chunk: string) => process.stdout.write(chunk);
    const { status = 1 } = await follow(node, words, env, { cwd: root, timeout: 900, onOutput });
    const { passed, failed } = await readScore(results, status);
    if (values.record && failed === 0) await keep(join(out, 'fixtures'));
    console.log(`Linux ${guest.release}: in ${Math.round((Date.now() - started) / 1000)} s`);
    console.log(`${passed} passed, ${failed} failed`);
    return failed > 0 ? 1 : 0;
  } finally {
    console.error(await guest.stop());
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
