import { type Choice, parseChoice } from './arguments.ts';
import { onEach, report } from './beds.ts';

/** `tsx test/bed/run.ts [--kernel 6.12]... [--arch arm64] [--uml] [--host] [--out FOLDER] [--timeout SECONDS] -- command...` */
async function main(choice: Choice): Promise<number> {
  const { rest: command, kernels, architecture, uml, host, ...options } = choice;
  if (command.length === 0)
    throw new Error('Which command? run.ts [--kernel VERSION]... [--arch ARCHITECTURE] [--uml] [--host] -- command...');
  return onEach({ kernels, architecture, uml, host }, async (bed) => {
    console.error(`Linux ${bed.release}`);
    const { status } = await bed.run(command, { ...options, onOutput: (chunk) => process.stdout.write(chunk) });
    return status;
  });
}

process.exitCode = await Promise.resolve(process.argv.slice(2)).then(parseChoice).then(main).catch(report);
