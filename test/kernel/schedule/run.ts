import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'tsup';
import { type Choice, parseChoice } from '../../bed/arguments.ts';
import { onEach, report } from '../../bed/beds.ts';
import { root } from '../../bed/vitest.ts';

/** `npm run choices -- --uml --kernel 6.12 -- [packets] [first scenario] [packets of each]`: see main.ts, which runs in the bed, built. */
async function main({ rest, timeout = 3600, ...beds }: Choice): Promise<number> {
  const out = await mkdtemp(join(tmpdir(), 'ipvs-choices-'));
  try {
    await build({
      entry: { main: join(import.meta.dirname, 'main.ts') },
      format: 'esm',
      target: 'node20',
      outDir: out,
      config: false,
      silent: true,
      external: ['koffi', 'debug', 'buffer-layout'],
      outExtension: () => ({ js: '.mjs' }),
    });
    await symlink(join(root, 'node_modules'), join(out, 'node_modules'));
    return await onEach(beds, async (bed) => {
      console.log(`Linux ${bed.release}`);
      const command = ['sh', '-c', 'exec node "$IPVS_OUT"/main.mjs "$@"', 'choices', ...rest];
      const { status } = await bed.run(command, { out, timeout, onOutput: (chunk) => process.stdout.write(chunk) });
      return status;
    });
  } finally {
    await rm(out, { recursive: true });
  }
}

process.exitCode = await Promise.resolve(process.argv.slice(2)).then(parseChoice).then(main).catch(report);
