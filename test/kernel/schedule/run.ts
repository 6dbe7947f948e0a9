import { join } from 'node:path';
import { parseChoice } from '../../bed/arguments.ts';
import { report } from '../../bed/beds.ts';
import { runProgram } from '../../bed/program.ts';

/** `npm run choices -- --uml --kernel 6.12 -- [packets] [first scenario] [packets of each]`: see main.ts, which runs in the bed. */
async function main(argv: string[]): Promise<number> {
  const choice = parseChoice(argv);
  const print = (chunk: string) => process.stdout.write(chunk);
  return runProgram(choice, [join(import.meta.dirname, 'main.ts')], choice.rest, print);
}

process.exitCode = await main(process.argv.slice(2)).catch(report);
