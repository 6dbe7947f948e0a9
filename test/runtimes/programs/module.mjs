// Imports each module of the package, then adds a service, lists it, and removes it: on the kernel with `--kernel`, else in memory.
import { strict as assert } from 'node:assert';
import { describeDestination, describeService, Ipvs } from 'ipvs';
import { FakeKernel } from 'ipvs/testing';

const [where, ...modules] = process.argv.slice(2);
for (const module of modules) assert(Object.keys(await import(module)).length > 0, module);

const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 };
const server = { address: '192.0.2.21', port: 8080, weight: 2 };
const ipvs = await Ipvs.open(where === '--kernel' ? {} : { kernel: new FakeKernel() });
await ipvs.addService({ ...web, scheduler: 'wrr' });
await Promise.all([ipvs.addDestination(web, server), ipvs.addDestination(web, { ...server, port: 8081 })]);
await ipvs.patchDestination(web, server, { weight: 5 });
await assert.rejects(ipvs.addService({ ...web, scheduler: 'rr' }), { reason: 'service-exists' });
for await (const { service, destinations } of ipvs.table()) {
  const servers = destinations.map((each) => `${describeDestination(each)} ${each.weight}`);
  console.log(describeService(service), servers.sort().join(', '));
}
await ipvs.removeService(web);
assert.deepEqual(await ipvs.services(), []);
await ipvs.close();
