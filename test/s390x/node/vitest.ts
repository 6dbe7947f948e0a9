/**
 * What the tests need of vitest, for a Node for which its bundler has no binary. `vitest` means this module in the bundle
 * (test/bed/s390x/node.ts).
 */
import { format } from 'node:util';
import * as vitest from 'vitest';

type Body = () => unknown;
type Declare<Args extends unknown[] = unknown[]> = (name: string, body: (...args: Args) => unknown) => void;

const { expect, expectTypeOf } = vitest;

export { expect, expectTypeOf };

const tests: { readonly name: string; readonly run: Body }[] = [];
let names: readonly string[] = [];

/** Declares for each of some values; the elements of one that is an array are arguments. */
const forEach =
  (declare: Declare) => (values: readonly unknown[]) => (name: string, body: (...args: unknown[]) => unknown) => {
    for (const value of values) {
      const args = Array.isArray(value) ? value : [value];
      declare(format(name, ...args), () => body(...args));
    }
  };

function declareGroup(name: string, body: Body): void {
  const outer = names;
  names = [...outer, name];
  body();
  names = outer;
}

function declareTest(name: string, body: Body): void {
  tests.push({ name: [...names, name].join(' > '), run: body });
}

export const describe = Object.assign(declareGroup, { each: forEach(declareGroup) });
export const test = Object.assign(declareTest, { each: forEach(declareTest) });

/** Runs what was declared, one after the other, and counts. */
export async function runTests(): Promise<{ passed: number; failed: number }> {
  const score = { passed: 0, failed: 0 };
  for (const { name, run } of tests) {
    try {
      await run();
      score.passed++;
    } catch (error) {
      score.failed++;
      console.error(`FAILED ${name}`);
      console.error(error instanceof Error ? error.stack : error);
    }
  }
  return score;
}
