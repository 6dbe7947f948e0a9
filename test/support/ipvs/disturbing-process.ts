import { applyChange, type Change, Ipvs, type TableEntry } from '../../../src/ipvs/index.ts';
import { Random } from '../../testing/random.ts';
import { applyToTable } from './apply-to-table.ts';
import { randomChange } from './random-change.ts';
import { nameOf } from './similar-tables.ts';

/**
 * A process of its own that makes random changes to the table of its network namespace, from the seed that each message
 * names until the next message. Of what is outside a scope, which it alone changes, it keeps a model, and says then what it
 * did and what that must have come to.
 */

/** What is said when the changes of a seed have ended. */
export interface Disturbance {
  /** Changes that the kernel carried out, within the scope and outside. */
  readonly inside: number;
  readonly outside: number;
  /** Changes outside the scope that the kernel carried out or refused otherwise than the model. */
  readonly surprises: readonly string[];
  /** What is outside the scope. */
  readonly table: readonly TableEntry[];
}

const [scope = ''] = process.argv.slice(2);
const isInside = new RegExp(scope);
let table: TableEntry[] = [];
let seed: number | undefined;
let said = () => {};

process.on('message', (message: number | 'stop') => {
  seed = message === 'stop' ? undefined : message;
  said();
});
process.once('disconnect', () => process.exit());

const ipvs = await Ipvs.open();
process.send?.('ready');
for (;;) {
  while (seed === undefined) await new Promise<void>((resolve) => (said = resolve));
  process.send?.(await disturb(seed));
}

async function disturb(first: number): Promise<Disturbance> {
  let [inside, outside] = [0, 0];
  const surprises: string[] = [];
  for (const random = new Random(first); seed !== undefined; ) {
    const change = randomChange(random);
    const error = await applyChange(ipvs, change).catch((error: unknown) => error);
    if (isInside.test(serviceNameOf(change))) {
      if (!error) inside++;
      continue;
    }
    const expected = attempt(() => {
      table = applyToTable(table, change);
    });
    if (!error) outside++;
    if (!error !== !expected) surprises.push(`${JSON.stringify(change)}: ${error}, expected was ${expected}`);
  }
  return { inside, outside, surprises, table };
}

function serviceNameOf(change: Change): string {
  return 'service' in change && change.service ? nameOf(change.service) : '';
}

function attempt(run: () => void): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}
