import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Ipvs } from '../../../src/ipvs/index.ts';
import { readTable, reconcile, type TableEntrySpec } from '../../../src/reconcile/index.ts';
import { program } from '../../support/built.ts';
import type { Disturbance } from '../../support/ipvs/disturbing-process.ts';
import { expectedTable, nameOf, similarTable, sortedTable } from '../../support/ipvs/similar-tables.ts';
import { enterFreshNamespace } from '../../support/linux/namespace.ts';
import { realKernel } from '../bed.ts';

/** Wanted tables, at most so many where the other process got few turns, and how often each is reconciled while it is at work. */
const TABLES = 5;
const MOST_TABLES = 20;
const TIMES = 5;

/** Milliseconds. Two processes have to share an emulated machine, which may be a busy one. */
const LIMIT = 300_000;

const scope = { protocols: ['tcp' as const], marks: [7] };
const insideNames = '^(tcp|7) ';
const inside = ({ service }: TableEntrySpec) => new RegExp(insideNames).test(nameOf(service));

export function disturbedTests(): void {
  describe('while another process changes the same table at random', () => {
    test(
      'it converges when the other stops, and nothing outside the scope was touched',
      async () => {
        enterFreshNamespace();
        await using ipvs = await Ipvs.open();
        const other = await OtherProcess.start();
        const seen = { inside: 0, outside: 0, done: 0, remaining: 0 };
        const property = fc.asyncProperty(similarTable(realKernel.kernel), fc.nat(), async (wanted, seed) => {
          const desired = wanted.filter(inside);
          other.begin(seed);
          for (let time = 0; time < TIMES; time++) {
            const { done, remaining } = await reconcile(ipvs, desired, { scope });
            seen.done += done.length;
            seen.remaining += remaining.length;
          }
          const disturbance = await other.stop();
          seen.inside += disturbance.inside;
          seen.outside += disturbance.outside;
          expect(disturbance.surprises).toEqual([]);
          expect(await reconcile(ipvs, desired, { scope })).toMatchObject({ remaining: [] });
          const table = sortedTable(await readTable(ipvs));
          expect(table.filter(inside)).toEqual(expectedTable(desired));
          expect(table.filter((entry) => !inside(entry))).toEqual(sortedTable(disturbance.table));
        });
        const counts = () => [seen.inside, seen.outside, seen.done];
        let tables = 0;
        for (; tables < TABLES || (tables < MOST_TABLES && counts().includes(0)); tables++)
          // The table of a failure does not come again, so there is nothing to shrink.
          await fc.assert(property, { numRuns: 1, endOnFailure: true });
        console.log(`Reconciled ${tables * TIMES} times beside another process: ${JSON.stringify(seen)}`);
        for (const count of counts()) expect(count).toBeGreaterThan(0);
      },
      LIMIT,
    );
  });
}

/** A process that makes random changes in this network namespace. */
class OtherProcess {
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  static async start(): Promise<OtherProcess> {
    const child = fork(program('disturbing-process'), [insideNames], {
      serialization: 'advanced', // counters are bigint
    });
    onTestFinished(() => void child.kill());
    const other = new OtherProcess(child);
    expect(await other.#answer()).toBe('ready');
    return other;
  }

  begin(seed: number): void {
    this.#process.send(seed);
  }

  async stop(): Promise<Disturbance> {
    const answer = this.#answer();
    this.#process.send('stop');
    return (await answer) as Disturbance;
  }

  async #answer(): Promise<unknown> {
    const abort = new AbortController();
    const ended = once(this.#process, 'exit', abort).then(([status]) => {
      throw new Error(`The other process has ended with status ${status}`);
    });
    ended.catch(() => undefined); // it may end later
    const [answer] = await Promise.race([once(this.#process, 'message', abort), ended]);
    abort.abort();
    return answer;
  }
}
