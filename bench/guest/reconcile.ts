// One table listed, reconciled and changed by one hundredth, again and again: `reconcile SERVICES DESTINATIONS_EACH ROUNDS`.
// Prints "# round N", and for each round "NAME: wall_ms".
import { execFileSync } from 'node:child_process';
import { type Change, Ipvs } from 'ipvs';
import { apply, plan, readTable, reconcile, type TableEntrySpec } from 'ipvs/reconcile';
import { formatRules } from 'ipvs/rules';

const PART = 100;
/** Services that ipvsadm restores in every round; more take minutes, so once must do. */
const MOST_RESTORED = 1000;

const [services = 0, each = 0, rounds = 0] = process.argv.slice(2).map(Number);
await using ipvs = await Ipvs.open();

/** The table with another weight for one destination of every hundredth, the one with this remainder. */
function wanted(remainder: number): TableEntrySpec[] {
  return Array.from({ length: services }, (_, i) => ({
    service: { protocol: 'tcp', address: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, port: 80, scheduler: 'rr' },
    destinations: Array.from({ length: each }, (_, j) => ({
      address: `172.16.${(j + 1) >> 8}.${(j + 1) & 255}`,
      port: 8080,
      weight: (i * each + j) % PART === remainder ? 2 : 1,
    })),
  }));
}

async function measure<T>(name: string, run: () => T | Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await run();
  console.log(`${name}: ${(performance.now() - start).toFixed(1)}`);
  return result;
}

/** The same changes as ipvsadm reads them. */
function rulesOf(changes: readonly Change[]): string {
  return changes
    .map((change) => {
      if (change.type !== 'patchDestination' || change.service.fwmark !== undefined) throw new Error(change.type);
      const { service, destination, patch } = change;
      const server = `${destination.address}:${destination.port}`;
      return `-e -t ${service.address}:${service.port} -r ${server} -m -w ${patch.weight}\n`;
    })
    .join('');
}

async function list(): Promise<void> {
  let entries = 0;
  for await (const { destinations } of ipvs.table()) entries += 1 + destinations.length;
  if (entries !== services * (each + 1)) throw new Error(`${entries} entries were listed`);
}

async function reconcileNothing(same: readonly TableEntrySpec[]): Promise<void> {
  const { done } = await reconcile(ipvs, same);
  if (done.length > 0) throw new Error(`${done.length} changes for no difference`);
}

await reconcile(ipvs, wanted(-1));
for (let round = 0; round < rounds; round++) {
  console.log(`# round ${round}`);
  const [same, changed] = [wanted(round - 1), wanted(round)];
  // Whoever is second may find the caches warm, so each is first as often.
  if (round % 2 === 0) await measure('list', list);
  await measure('reconcile, nothing differs', () => reconcileNothing(same));
  if (round % 2 === 1) await measure('list', list);
  const table = await readTable(ipvs);
  await measure('plan, nothing differs', () => plan(table, same));
  const changes = await measure('plan, 1 % differs', () => plan(table, changed));
  await measure('apply 1 %', () => apply(ipvs, changes));
  const back = rulesOf(plan(await readTable(ipvs), same));
  await measure('ipvsadm -R of 1 %', () => execFileSync('ipvsadm', ['-R'], { input: back }));
  if (services <= MOST_RESTORED || round === rounds - 1) {
    const whole = `-C\n${formatRules(table)}`;
    await measure('ipvsadm -R of the whole', () => execFileSync('ipvsadm', ['-R'], { input: whole }));
  }
  await reconcile(ipvs, changed);
}
