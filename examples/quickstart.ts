// Adds a service with two destinations to this machine's IPVS, shows them, changes a few things, and removes what it
// made. Takes root (CAP_NET_ADMIN) on a Linux with IPVS; with --fake, an IPVS kernel in memory and no privileges.
import { describeDestination, describeService, Ipvs } from 'ipvs';
import { FakeKernel } from 'ipvs/testing';

const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
const first = { address: '192.0.2.21', port: 8080 };
const second = { address: '192.0.2.22', port: 8080 };

const fake = process.argv.includes('--fake');
const ipvs = await Ipvs.open(fake ? { kernel: new FakeKernel() } : {});
const { tcp } = await ipvs.timeouts();
console.log(`IPVS ${(await ipvs.info()).version}`);

await ipvs.addService({ ...web, scheduler: 'wrr', persistence: { timeout: 300 } });
try {
  await ipvs.addDestination(web, { ...first, weight: 2 });
  await ipvs.addDestination(web, { ...second, forwarding: { tunnel: 'gue', port: 6080 } });
  await show('A service with two destinations:');

  await ipvs.patchDestination(web, second, { weight: 5 });
  await ipvs.setTimeouts({ tcp: 1800 });
  await show(`A weight changed; connections are now kept for ${(await ipvs.timeouts()).tcp} s:`);
} finally {
  await ipvs.removeService(web);
  await ipvs.setTimeouts({ tcp });
  await ipvs.close();
}
console.log('\nEverything it made is removed.');

/** Prints the table, a row for each destination. */
async function show(title: string): Promise<void> {
  const rows = [];
  for await (const { service, destinations } of ipvs.table())
    for (const destination of destinations) {
      const { forwarding, weight, activeConnections } = destination;
      rows.push({
        service: describeService(service),
        scheduler: service.scheduler,
        destination: describeDestination(destination),
        forwarding: typeof forwarding === 'string' ? forwarding : forwarding.tunnel,
        weight,
        active: activeConnections,
      });
    }
  console.log(`\n${title}`);
  console.table(rows);
}
