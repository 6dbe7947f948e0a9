import { parseChoice } from './arguments.ts';
import { type Beds, onEach, report } from './beds.ts';
import { ensureHost } from './host.ts';
import { follow } from './process.ts';
import { root } from './vitest.ts';

const example = ['node', '--import', 'tsx', 'examples/quickstart.ts'];
const options = { cwd: root, onOutput: (chunk: string) => process.stdout.write(chunk) };

/**
 * `npm run demo [-- --kernel 6.12] [-- --host]`: the first example, on the kernel that was asked for, else on this
 * machine's IPVS, else on one in memory.
 */
async function main(argv: string[]): Promise<number> {
  if (argv.length > 0) return onBeds(parseChoice(argv));
  const missing = await ensureHost().catch((error: Error) => error);
  return missing ? onFake(missing) : onBeds({ kernels: [], host: true });
}

function onBeds(beds: Beds): Promise<number> {
  return onEach(beds, async (bed) => {
    console.log(`On Linux ${bed.release}, ${bed.manner}:`);
    return (await bed.run(example, options)).status;
  });
}

async function onFake({ message }: Error): Promise<number> {
  console.log(`${message} This is an IPVS kernel in memory; npm run demo -- --kernel 6.12 boots a real one.`);
  const [node = '', ...args] = example;
  return (await follow(node, [...args, '--fake'], process.env, options)).status ?? 1;
}

process.exitCode = await main(process.argv.slice(2)).catch(report);
