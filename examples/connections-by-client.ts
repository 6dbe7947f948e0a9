// Counts the connections of each client, in memory that does not grow with their number.
//
// Run: npx tsx connections-by-client.ts --fake, or as root, which only reads.
//
// Prints, of three established connections and one that is being closed:
//   127.0.0.2 2
//   127.0.0.3 1
import { Ipvs } from 'ipvs';
import { linuxKernel } from 'ipvs/netlink';
import { FakeKernel } from 'ipvs/testing';

const kernel = process.argv.includes('--fake') ? sample() : linuxKernel();
const ipvs = await Ipvs.open({ kernel });

const clients = new Map<string, number>();
for await (const { source } of ipvs.connections({ state: 'ESTABLISHED' }))
  clients.set(source.address, (clients.get(source.address) ?? 0) + 1);

for (const [address, count] of [...clients].sort(([, a], [, b]) => b - a).slice(0, 10)) console.log(address, count);
await ipvs.close();

/** A kernel in memory with connections. */
function sample(): FakeKernel {
  const fake = new FakeKernel();
  const virtual = { address: '192.0.2.1', port: 80 };
  const destination = { address: '192.0.2.1', port: 8080 };
  const add = (address: string, port: number, state = 'ESTABLISHED') =>
    fake.connections.add({ protocol: 'tcp', source: { address, port }, virtual, destination, state });
  add('127.0.0.2', 40_000);
  add('127.0.0.2', 40_001);
  add('127.0.0.3', 40_000);
  add('127.0.0.3', 40_001, 'TIME_WAIT');
  return fake;
}
