import { type Choice, parseChoice } from './arguments.ts';
import { onEach, report } from './beds.ts';
import { ensureHost } from './host.ts';
import { root } from './vitest.ts';

/** `npm run demo [-- --kernel 6.12] [-- --host]`: the first example, on this machine's IPVS or in the test bed. */
async function main(argv: string[]): Promise<number> {
  const choice = argv.length > 0 ? parseChoice(argv) : await whatThereIs();
  return onEach(choice, async (bed) => {
    console.log(
      `On Linux ${bed.release}${bed.name === 'host' ? ', in a network namespace of its own' : ', emulated'}:`,
    );
    const options = { cwd: root, onOutput: (chunk: string) => process.stdout.write(chunk) };
    return (await bed.run(['node', '--import', 'tsx', 'examples/quickstart.ts'], options)).status;
  });
}

async function whatThereIs(): Promise<Pick<Choice, 'kernels' | 'host'>> {
  try {
    await ensureHost();
    return { kernels: [], host: true };
  } catch (reason) {
    console.log(`${reason instanceof Error ? reason.message : reason} Booting one that has it.`);
    return { kernels: ['6.12'], host: false };
  }
}

process.exitCode = await main(process.argv.slice(2)).catch(report);
