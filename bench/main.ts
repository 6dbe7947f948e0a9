import { parseChoice } from '../test/bed/arguments.ts';
import { type Bed, onEach, report } from '../test/bed/beds.ts';
import { print } from './figures.ts';
import { compareRestores } from './restore.ts';
import { roundtrip } from './roundtrip.ts';
import { compareTables } from './tables.ts';

/**
 * `npm run bench [-- --kernel 6.12]`: one round trip on this machine's kernel; with a kernel of the test bed, whole
 * tables; `npm run bench -- --restore --kernel 6.12`: a rules file, against ipvsadm.
 */
async function main(argv: string[]): Promise<number> {
  if (argv[0] === '--restore') return onEach(parseChoice(argv.slice(1)), restores);
  print("One request and its reply, this machine's kernel (nlctrl GETFAMILY)", await roundtrip());
  return argv.length === 0 ? 0 : onEach(parseChoice(argv), tables);
}

async function tables(bed: Bed): Promise<number> {
  for (const services of [1000, 5000])
    for (const [step, figures] of Object.entries(await compareTables(bed, services, 10)))
      print(`Linux ${bed.release}, ${services} services with 10 destinations each: ${step}`, figures);
  return 0;
}

async function restores(bed: Bed): Promise<number> {
  print(`Linux ${bed.release}, 11000 rules restored`, await compareRestores(bed, 1000, 10));
  return 0;
}

process.exitCode = await main(process.argv.slice(2)).catch(report);
