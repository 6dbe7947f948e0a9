import { parseChoice } from '../test/bed/arguments.ts';
import { onEach, report } from '../test/bed/beds.ts';
import { print } from './figures.ts';
import { roundtrip } from './roundtrip.ts';
import { compareTables } from './tables.ts';

/** `npm run bench [-- --kernel 6.12]`: one round trip on this machine's kernel; with a kernel of the test bed, whole tables. */
async function main(argv: string[]): Promise<number> {
  print("One request and its reply, this machine's kernel (nlctrl GETFAMILY)", await roundtrip());
  if (argv.length === 0) return 0;
  return onEach(parseChoice(argv), async (bed) => {
    for (const services of [1000, 5000])
      for (const [step, figures] of Object.entries(await compareTables(bed, services, 10)))
        print(`Linux ${bed.release}, ${services} services with 10 destinations each: ${step}`, figures);
    return 0;
  });
}

process.exitCode = await main(process.argv.slice(2)).catch(report);
