// Deploys to one server after the other: each is taken out when its connections have ended, and comes back as it was.
//
// Run: npx tsx drain.ts --fake, or as root in a network namespace of its own with `lo` up; see README.md.
//
// Prints:
//   deploying to 10.0.0.5:8080 while 10.0.0.6:8080 serve
//   deploying to 10.0.0.6:8080 while 10.0.0.5:8080 serve
//   in the end: 10.0.0.5:8080 weight 1, 10.0.0.6:8080 weight 3
import { type Destination, describeDestination, Ipvs } from 'ipvs';
import { linuxKernel } from 'ipvs/netlink';
import { drain } from 'ipvs/reconcile';
import { FakeKernel } from 'ipvs/testing';

const kernel = process.argv.includes('--fake') ? new FakeKernel() : linuxKernel();
const ipvs = await Ipvs.open({ kernel });
const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
await ipvs.addService(web);
await ipvs.addDestination(web, { address: '10.0.0.5', port: 8080 });
await ipvs.addDestination(web, { address: '10.0.0.6', port: 8080, weight: 3 });

for (const destination of await servers()) {
  // Weight 0 until its connections have ended, for five minutes at most; then it is removed.
  const options = { deadline: 300, kernel };
  const { failed, cut } = await drain(ipvs, [{ service: web, destination }], options);
  if (failed[0]) throw failed[0].error;
  for (const { connections } of cut) console.warn(`${connections} connections were cut`);

  await deploy(destination);
  await ipvs.addDestination(web, destination); // what was read is a spec: weight, forwarding and thresholds as before
}

const shown = (await servers()).map((server) => `${describeDestination(server)} weight ${server.weight}`);
console.log(`in the end: ${shown.join(', ')}`);
await ipvs.removeService(web);
await ipvs.close();

async function servers(): Promise<Destination[]> {
  return (await ipvs.destinations(web)).sort((a, b) => a.address.localeCompare(b.address));
}

/** Where a real one would restart the server and wait until it answers. */
async function deploy(destination: Destination): Promise<void> {
  const others = (await servers()).map(describeDestination);
  console.log(`deploying to ${describeDestination(destination)} while ${others.join(', ')} serve`);
}
