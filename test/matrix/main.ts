import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from '../bed/architectures.ts';
import { parseChoice, takeOption } from '../bed/arguments.ts';
import { type Bed, onEach, report } from '../bed/beds.ts';
import { root, testOn } from '../bed/vitest.ts';
import { getNode } from './node.ts';
import { file, merge, type Result, readResults } from './results.ts';
import { tableOf, withTable } from './table.ts';

/**
 * `npm run matrix [-- --kernel V]... [--node 20,22] [--tests all|contract]`: runs kernel tests with each Node on each kernel, keeps
 * what passed in results.json and in the table of docs/reliability.md. The contract is run unless all tests are asked for.
 */
async function main(argv: string[]): Promise<number> {
  const nodes = (takeOption(argv, '--node') ?? '20').split(',');
  const tests = takeOption(argv, '--tests') ?? 'contract';
  if (tests !== 'all' && tests !== 'contract') throw new Error(`--tests takes all or contract, not ${tests}`);
  const { timeout = 1800, ...choice } = parseChoice(argv);
  return onEach(choice, async (bed) => {
    let worst = 0;
    for (const node of nodes) {
      const result = await test(bed, choice.architecture, node, tests, timeout);
      keep(result);
      if (result.failed > 0) worst = 1;
    }
    return worst;
  });
}

async function test(
  bed: Bed,
  architecture: Architecture,
  node: string,
  tests: Result['tests'],
  timeout: number,
): Promise<Result> {
  // Guests of another architecture do not see this machine's files, and have Debian's Node.
  const program = architecture.node === process.arch ? { node: await getNode(node) } : {};
  const words = tests === 'all' ? [] : ['-t', 'contract'];
  const onOutput = (chunk: string) => process.stdout.write(chunk);
  const score = await testOn(bed, words, { timeout, onOutput, ...program }).catch((error) => ({
    passed: 0,
    failed: report(error),
  }));
  const date = new Date().toISOString().slice(0, 10);
  const [kernel = ''] = bed.name.split(' ');
  return { kernel, release: bed.release, architecture: architecture.node, node, tests, ...score, date };
}

function keep(result: Result): void {
  const results = merge(readResults(), [result]);
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`);
  const page = join(root, 'docs/reliability.md');
  writeFileSync(page, withTable(readFileSync(page, 'utf8'), tableOf(results)));
}

process.exitCode = await main(process.argv.slice(2)).catch(report);
