// Moves new connections from one set of servers to another at once, and back. Connections under way stay where they are.
//
// Run: npx tsx blue-green.ts --fake, or as root in a network namespace of its own with `lo` up; see README.md.
//
// Prints:
//   at first: 10.0.1.1 weight 1, 10.0.1.2 weight 1, 10.0.2.1 weight 0, 10.0.2.2 weight 0
//   green: 10.0.1.1 weight 0, 10.0.1.2 weight 0, 10.0.2.1 weight 1, 10.0.2.2 weight 1
//   back to blue: 10.0.1.1 weight 1, 10.0.1.2 weight 1, 10.0.2.1 weight 0, 10.0.2.2 weight 0
import { Ipvs } from 'ipvs';
import { linuxKernel } from 'ipvs/netlink';
import { FakeKernel } from 'ipvs/testing';

const kernel = process.argv.includes('--fake') ? new FakeKernel() : linuxKernel();
const ipvs = await Ipvs.open({ kernel });
const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
const sets = { blue: ['10.0.1.1', '10.0.1.2'], green: ['10.0.2.1', '10.0.2.2'] };
type Colour = keyof typeof sets;

// A destination of weight 0 takes no new connections.
await ipvs.addService({ ...web, scheduler: 'wlc' });
for (const address of sets.blue) await ipvs.addDestination(web, { address, port: 8080 });
for (const address of sets.green) await ipvs.addDestination(web, { address, port: 8080, weight: 0 });
await show('at first');

await switchTo('green');
await show('green');

await switchTo('blue');
await show('back to blue');

await ipvs.removeService(web);
await ipvs.close();

/** Calls of one tick are carried out in order: the new servers come in before the old ones go. */
async function switchTo(colour: Colour): Promise<void> {
  const other = colour === 'blue' ? 'green' : 'blue';
  const setWeight = (weight: number) => (address: string) =>
    ipvs.patchDestination(web, { address, port: 8080 }, { weight });
  await Promise.all(sets[colour].map(setWeight(1)));
  await Promise.all(sets[other].map(setWeight(0)));
}

async function show(when: string): Promise<void> {
  const destinations = await ipvs.destinations(web);
  const words = destinations.map(({ address, weight }) => `${address} weight ${weight}`);
  console.log(`${when}: ${words.sort().join(', ')}`);
}
