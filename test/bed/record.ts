import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Choice, parseChoice } from './arguments.ts';
import { onEach, report } from './beds.ts';
import { root, testOn } from './vitest.ts';

/** `npm run record [-- --kernel 6.12]... [-- --arch arm64]`: runs what is recorded of the kernel tests and keeps the conversations in test/fixtures. */
async function main({ kernels, architecture, timeout = 900 }: Choice): Promise<number> {
  return onEach({ kernels, architecture, host: false }, async (bed) => {
    const keep = async (out: string) => {
      const folder = join(root, 'test/fixtures', bed.name.replaceAll(' ', '-'));
      await rm(folder, { recursive: true, force: true });
      await cp(join(out, 'fixtures'), folder, { recursive: true });
    };
    const onOutput = (chunk: string) => process.stdout.write(chunk);
    const { failed } = await testOn(
      bed,
      ['-t', 'contract|on the wire|chooses as this kernel'],
      { timeout, onOutput },
      keep,
    );
    return failed > 0 ? 1 : 0;
  });
}

process.exitCode = await Promise.resolve(process.argv.slice(2)).then(parseChoice).then(main).catch(report);
