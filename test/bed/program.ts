import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'tsup';
import type { Choice } from './arguments.ts';
import { onEach } from './beds.ts';
import { root } from './vitest.ts';

/**
 * Builds programs of this repository and runs the first of them in each bed; what it prints comes as it is printed.
 * @param entries paths of the programs; each is built to its name with the ending `.mjs`, side by side
 * @param words arguments of the first program
 */
export async function runProgram(
  { rest: _, timeout = 3600, ...beds }: Choice,
  entries: readonly string[],
  words: readonly string[],
  onOutput: (chunk: string) => void,
): Promise<number> {
  const out = await mkdtemp(join(tmpdir(), 'ipvs-program-'));
  const names = entries.map((path) => path.replace(/^.*\/|\.ts$/g, ''));
  try {
    await build({
      entry: Object.fromEntries(entries.map((path, i) => [names[i] as string, path])),
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
      const command = ['sh', '-c', `exec node "$IPVS_OUT"/${names[0]}.mjs "$@"`, 'program', ...words];
      const { status } = await bed.run(command, { out, timeout, onOutput });
      return status;
    });
  } finally {
    await rm(out, { recursive: true });
  }
}
