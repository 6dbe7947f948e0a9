// Gives a new version a growing share of the connections, and takes it back when the new version does badly.
//
// Run: npx tsx canary.ts --fake, or as root in a network namespace of its own with `lo` up; see README.md.
//
// Prints:
//   5 %: 10.0.0.5 190, 10.0.0.6 190, 10.0.0.9 20
//   25 %: 10.0.0.5 150, 10.0.0.6 150, 10.0.0.9 100
//   50 %: 10.0.0.5 100, 10.0.0.6 100, 10.0.0.9 200
//   does badly: 10.0.0.5 200, 10.0.0.6 200, 10.0.0.9 0
import { Ipvs } from 'ipvs';
import { linuxKernel } from 'ipvs/netlink';
import { FakeKernel } from 'ipvs/testing';

const kernel = process.argv.includes('--fake') ? new FakeKernel() : linuxKernel();
const ipvs = await Ipvs.open({ kernel });
const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
const stable = ['10.0.0.5', '10.0.0.6'];
const canary = ['10.0.0.9'];

// wrr gives each destination its share of the new connections; wlc would count those under way as well.
await ipvs.addService({ ...web, scheduler: 'wrr' });
for (const address of stable) await ipvs.addDestination(web, { address, port: 8080 });
for (const address of canary) await ipvs.addDestination(web, { address, port: 8080, weight: 0 });

for (const percent of [5, 25, 50, 100]) {
  await give(percent);
  await show(`${percent} %`);
  if (await isWell(percent)) continue;
  await give(0);
  await show('does badly');
  break;
}

await ipvs.removeService(web);
await ipvs.close();

/** Gives the canary a share of the new connections: weights are relative, and each server of a set has the same. */
async function give(percent: number): Promise<void> {
  const total = 200 * stable.length * canary.length;
  const set = (addresses: string[], share: number) =>
    addresses.map((address) =>
      ipvs.patchDestination(web, { address, port: 8080 }, { weight: (total * share) / 100 / addresses.length }),
    );
  await Promise.all([...set(canary, percent), ...set(stable, 100 - percent)]);
}

/** Where a real one would wait for a while and look at errors and latencies of the new version. */
async function isWell(percent: number): Promise<boolean> {
  return percent < 50;
}

async function show(when: string): Promise<void> {
  const words = (await ipvs.destinations(web)).map(({ address, weight }) => `${address} ${weight}`);
  console.log(`${when}: ${words.sort().join(', ')}`);
}
