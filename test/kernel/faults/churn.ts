import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Ipvs, UnstableError } from '../../../src/ipvs/index.ts';
import { web } from '../../contract/expected.ts';
import { program } from '../../support/built.ts';
import { shared, TableUnderChurn } from '../../support/ipvs/table-under-churn.ts';
import { enterBareNamespace, enterFreshNamespace } from '../../support/linux/namespace.ts';
import { runAdding } from './adding.ts';

/** An emulated machine does some ten a second: the run of 10,000 is asked for by `IPVS_CHURN`. */
const OPERATIONS = Number(process.env['IPVS_CHURN'] || 100);
/** How many are made at once; then all that is ours is read and compared. */
const AT_ONCE = 50;

export function churnTests(): void {
  describe('while another process changes the same tables as fast as it can', () => {
    test('nothing is refused, lost or listed twice', { timeout: 3_600_000 }, async () => {
      enterBareNamespace();
      execFileSync('ip', ['link', 'set', 'lo', 'up']);
      await using ipvs = await Ipvs.open();
      const table = await TableUnderChurn.write(ipvs);
      const other = await startOther();
      const started = performance.now();
      for (let number = 0; number < OPERATIONS; number += AT_ONCE) {
        const numbers = Array.from({ length: AT_ONCE }, (_, i) => number + i);
        await Promise.all(numbers.map((each) => table.operate(each)));
        await table.check();
      }
      const seconds = Math.round((performance.now() - started) / 1000);
      const changes = await stopOther(other);
      console.log(`${OPERATIONS} operations beside ${changes} changes in ${seconds} s: ${JSON.stringify(table.seen)}`);
      expect(table.failures).toEqual([]);
      expect(changes).toBeGreaterThan(OPERATIONS);
    });

    test('a table that grows by 20,000 services while it is listed shows those that were there before, each once', async () => {
      enterFreshNamespace();
      await using ipvs = await Ipvs.open();
      const ports = Array.from({ length: 300 }, (_, i) => i + 1);
      await Promise.all(ports.map((port) => ipvs.addService({ ...web, protocol: 'udp', port })));
      const others = { done: false };
      const adding = runAdding('').finally(() => {
        others.done = true;
      });
      let readings = 0;
      while (!others.done) {
        const listed = await ipvs.services({ consistent: true }).catch(unlessUnstable);
        if (!listed) continue;
        readings++;
        const keys = listed.map(({ protocol, port }) => `${protocol} ${port}`);
        expect(new Set(keys).size).toBe(keys.length);
        expect(keys.filter((key) => key.startsWith('udp'))).toHaveLength(ports.length);
      }
      expect((await adding).exit).toEqual([0, null]);
      expect(readings).toBeGreaterThan(0);
      expect(await ipvs.services()).toHaveLength(20_000 + ports.length);
    });
  });
}

/** Starts the process and waits until it is well under way. */
async function startOther(): Promise<ChildProcess> {
  const other = fork(program('churning-process'), [JSON.stringify(shared)]);
  onTestFinished(() => void other.kill()); // in case that it was not stopped
  await nextCount(other);
  return other;
}

/** Stops the process; it must have worked until then. Returns how much it has changed. */
async function stopOther(other: ChildProcess): Promise<number> {
  const [count, ended] = [nextCount(other), once(other, 'exit')];
  other.send('stop');
  const changes = await count;
  expect(await ended).toEqual([0, null]);
  return changes;
}

async function nextCount(other: ChildProcess): Promise<number> {
  const failed = once(other, 'exit').then(([status]) => {
    throw new Error(`The other process has ended with status ${status}`);
  });
  failed.catch(() => undefined); // that it ends later is no failure
  const [count] = await Promise.race([once(other, 'message'), failed]);
  return Number(count);
}

function unlessUnstable(error: unknown): undefined {
  if (!(error instanceof UnstableError)) throw error;
}
