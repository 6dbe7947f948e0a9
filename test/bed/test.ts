import { availableParallelism } from 'node:os';
import { kernelName } from './architectures.ts';
import { type Choice, parseChoice } from './arguments.ts';
import { type Bed, onEach, report } from './beds.ts';
import { versions } from './kernels/kernels.ts';
import { linesTo } from './lines.ts';
import { type Score, testOn } from './vitest.ts';

/**
 * `npm run test:kernel [-- --kernel 6.12]... [-- --uml] [-- --host] [-- --package packages/kubernetes] [-- words for vitest]`; without
 * any word all tests on the usual kernel, and on every other one the contract.
 */
async function main(argv: string[]): Promise<number> {
  const { rest, timeout = 2400, package: folder, ...beds }: Choice = parseChoice(argv);
  const others = argv.length > 0 ? [] : versions.filter((version) => !beds.kernels.includes(version));
  const contractOnly = others.map((version) => kernelName(version, beds.architecture));
  beds.kernels.push(...others);
  const lines: string[] = [];
  const total = { passed: 0, failed: 0 };
  // A guest takes one processor of this machine, however many it sees itself.
  const atOnce = Math.min(availableParallelism(), beds.kernels.length + Number(beds.host));
  const visit = async (bed: Bed) => {
    const started = Date.now();
    const output = linesTo(process.stdout, atOnce > 1 ? `${bed.name}: ` : '');
    output.write(`Linux ${bed.release}\n`);
    const options = { timeout, onOutput: output.write, ...(folder ? { package: folder } : {}) };
    const words = contractOnly.includes(bed.name) ? ['-t', 'contract'] : rest;
    const score = await testOn(bed, words, options).catch((error) => ({
      passed: 0,
      failed: report(error),
    }));
    output.end();
    total.passed += score.passed;
    total.failed += score.failed;
    lines.push(`Linux ${bed.release}: ${describe(score)} in ${Math.round((Date.now() - started) / 1000)} s`);
    return score.failed > 0 ? 1 : 0;
  };
  const worst = await onEach(beds, visit, atOnce);
  total.failed += beds.kernels.length + Number(beds.host) - lines.length; // beds that could not be made ready
  console.log([...lines, describe(total)].join('\n'));
  return worst;
}

function describe({ passed, failed }: Score): string {
  return `${passed} passed, ${failed} failed`;
}

process.exitCode = await main(process.argv.slice(2)).catch(report);
