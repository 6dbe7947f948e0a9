// Makes the table as a file says, and leaves alone what is outside its scope.
//
// Run: npx tsx wanted-state.ts --fake, or as root in a network namespace of its own with `lo` up; see README.md.
//
// Prints:
//   to do: addService, addDestination, addDestination
//   to do: nothing
//   a server was lost; to do: addDestination
//   left alone: tcp 198.51.100.1:22
import { readFileSync } from 'node:fs';
import { describeService, Ipvs } from 'ipvs';
import { parseConfig } from 'ipvs/config';
import { linuxKernel } from 'ipvs/netlink';
import { plan, readTable, reconcile } from 'ipvs/reconcile';
import { FakeKernel } from 'ipvs/testing';

const kernel = process.argv.includes('--fake') ? new FakeKernel() : linuxKernel();
const ipvs = await Ipvs.open({ kernel });
const others = { protocol: 'tcp', address: '198.51.100.1', port: 22 } as const;
await ipvs.addService(others); // somebody else's

const file = new URL('wanted-state.yaml', import.meta.url);
const { table, scope } = parseConfig(readFileSync(file, 'utf8'), 'yaml');

console.log('to do:', await difference());
await reconcile(ipvs, table, { scope });
console.log('to do:', await difference());

const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
await ipvs.removeDestination(web, { address: '10.0.0.6', port: 8080 });
console.log('a server was lost; to do:', await difference());

const rest = (await readTable(ipvs)).filter(({ service }) => service.address !== web.address);
console.log('left alone:', rest.map(({ service }) => describeService(service)).join(', '));
await Promise.all([others, web].map((service) => ipvs.removeService(service)));
await ipvs.close();

/** What would be changed, without changing it. */
async function difference(): Promise<string> {
  const changes = plan(await readTable(ipvs), table, { scope });
  return changes.map(({ type }) => type).join(', ') || 'nothing';
}
