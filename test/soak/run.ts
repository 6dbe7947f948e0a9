import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseChoice, takeOption } from '../bed/arguments.ts';
import { onEach, report } from '../bed/beds.ts';
import { buildGuest } from './build.ts';
import { plotSoak } from './plot.ts';

/**
 * `npm run soak -- --hours N --kernel V [--uml] [--seed N] [--package FOLDER] [--samples FILE] [--draw FILE]`: a
 * controller's life on a real kernel, with the package as it is built in its folder, and what it held of memory.
 */
async function main(argv: string[]): Promise<number> {
  const hours = Number(takeOption(argv, '--hours') ?? 1);
  const seed = Number(takeOption(argv, '--seed') ?? Date.now() % 2 ** 31);
  const [samples, picture] = [takeOption(argv, '--samples'), takeOption(argv, '--draw')];
  if (!(hours > 0 && Number.isSafeInteger(seed)))
    throw new Error('--hours takes a positive number, --seed an integer.');
  const folder = takeOption(argv, '--package');
  const beds = parseChoice(argv);
  if (beds.host) throw new Error('The soak unloads modules and sets the clock, which is not for the machine itself.');
  return onEach(beds, async (bed) => {
    const out = await mkdtemp(join(tmpdir(), 'ipvs-soak-'));
    try {
      await buildGuest(out, folder && resolve(folder));
      console.log(`Linux ${bed.release}, ${bed.manner}, ${hours} h, seed ${seed}`);
      const command = ['sh', '-c', 'exec node "$IPVS_OUT"/main.mjs "$@"', 'soak', `${hours * 3600}`, `${seed}`];
      const onOutput = (chunk: string) => process.stdout.write(chunk);
      const { status } = await bed.run(command, { out, timeout: hours * 3600 + 600, onOutput });
      if (samples) await copyFile(join(out, 'samples.jsonl'), samples);
      if (picture) {
        const lines = (await readFile(join(out, 'samples.jsonl'), 'utf8')).trim().split('\n');
        await writeFile(
          picture,
          await plotSoak(
            lines.map((line) => JSON.parse(line)),
            `Linux ${bed.release}`,
          ),
        );
      }
      return status;
    } finally {
      await rm(out, { recursive: true });
    }
  });
}

process.exitCode = await main(process.argv.slice(2)).catch(report);
