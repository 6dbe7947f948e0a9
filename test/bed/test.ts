import { availableParallelism } from 'node:os';
import { type Choice, parseChoice } from './arguments.ts';
import { type Bed, carryOut, jobsOn, report } from './beds.ts';
import { versions } from './kernels/kernels.ts';
import { linesTo } from './lines.ts';
import { type Score, testOn } from './vitest.ts';

/**
 * `npm run test:kernel [-- --kernel 6.12]... [-- --uml] [-- --host] [-- --package packages/kubernetes]... [-- words for vitest]`; where no
 * bed and no words are given, all tests on the usual kernel, and this package's contract on every other one.
 */
async function main({ rest, timeout = 2400, packages, byDefault, ...beds }: Choice): Promise<number> {
  const lines: string[] = [];
  const total = { passed: 0, failed: 0 };
  const test = (folder: string, words: string[]) => async (bed: Bed) => {
    const name = folder === '.' ? bed.name : `${folder}, ${bed.name}`;
    const started = Date.now();
    const output = linesTo(process.stdout, atOnce > 1 ? `${name}: ` : '');
    output.write(`Linux ${bed.release}\n`);
    const options = { timeout, onOutput: output.write, package: folder };
    const score = await testOn(bed, words, options).catch((error) => ({ passed: 0, failed: report(error) }));
    output.end();
    total.passed += score.passed;
    total.failed += score.failed;
    lines.push(`${name}: ${describe(score)} on Linux ${bed.release} in ${Math.round((Date.now() - started) / 1000)} s`);
    return score.failed > 0 ? 1 : 0;
  };
  const jobs = packages.flatMap((folder) => jobsOn(beds, test(folder, rest)));
  if (byDefault && rest.length === 0 && packages.includes('.')) {
    const kernels = versions.filter((version) => !beds.kernels.includes(version));
    jobs.push(...jobsOn({ ...beds, kernels }, test('.', ['-t', 'contract'])));
  }
  // A guest takes one processor of this machine, however many it sees itself.
  const atOnce = Math.min(availableParallelism(), jobs.length);
  const worst = await carryOut(jobs, atOnce);
  total.failed += jobs.length - lines.length; // beds that could not be made ready
  console.log([...lines, describe(total)].join('\n'));
  return worst;
}

function describe({ passed, failed }: Score): string {
  return `${passed} passed, ${failed} failed`;
}

process.exitCode = await Promise.resolve(process.argv.slice(2)).then(parseChoice).then(main).catch(report);
