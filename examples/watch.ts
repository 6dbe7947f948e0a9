// Prints each change of the table, whoever makes it; here the example makes a few itself.
//
// Run: npx tsx watch.ts --fake, or as root in a network namespace of its own with `lo` up; see README.md.
//
// Prints:
//   addService tcp 192.0.2.10:80
//   addDestination tcp 192.0.2.10:80 -> 10.0.0.5:8080 weight 1
//   updateDestination tcp 192.0.2.10:80 -> 10.0.0.5:8080 weight 1 -> 5
//   removeDestination tcp 192.0.2.10:80 -> 10.0.0.5:8080 weight 5
import { describeDestination, describeService, Ipvs } from 'ipvs';
import { linuxKernel } from 'ipvs/netlink';
import { type WatchEvent, watch } from 'ipvs/reconcile';
import { FakeKernel } from 'ipvs/testing';

const kernel = process.argv.includes('--fake') ? new FakeKernel() : linuxKernel();
const ipvs = await Ipvs.open({ kernel });
const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
const server = { address: '10.0.0.5', port: 8080 };

const steps = [
  () => ipvs.addService(web),
  () => ipvs.addDestination(web, server),
  () => ipvs.patchDestination(web, server, { weight: 5 }),
  () => ipvs.removeDestination(web, server),
];

await steps.shift()?.();
for await (const event of watch(ipvs, { interval: 0.1 })) {
  console.log(describe(event));
  const next = steps.shift();
  if (!next) break;
  await next();
}

await ipvs.removeService(web);
await ipvs.close();

function describe(event: WatchEvent): string {
  switch (event.type) {
    case 'addService':
    case 'updateService':
    case 'removeService':
      return `${event.type} ${describeService(event.service)}`;
    case 'updateDestination':
      return `${nameOf(event)} ${event.before.weight} -> ${event.destination.weight}`;
    case 'addDestination':
    case 'removeDestination':
      return `${nameOf(event)} ${event.destination.weight}`;
    default:
      return event.type; // 'interrupted' and 'resumed': the kernel could not be read for a while
  }
}

function nameOf({ type, service, destination }: Extract<WatchEvent, { destination: object }>): string {
  return `${type} ${describeService(service)} -> ${describeDestination(destination)} weight`;
}
