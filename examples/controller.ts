// A controller: keeps the servers of a service as a file of JSON lists them, whatever happens to either.
//
// Run: npx tsx controller.ts backends.json --fake, or as root in a network namespace of its own without --fake. It ends with
// SIGINT or SIGTERM, and the table stays.
//
// Prints, when backends.json was ["10.0.0.5:8080","10.0.0.6:8080"] and became ["10.0.0.6:8080"]:
//   addService
//   addDestination 10.0.0.5:8080
//   addDestination 10.0.0.6:8080
//   removeDestination 10.0.0.5:8080
import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { describeDestination, Ipvs } from 'ipvs';
import { linuxKernel } from 'ipvs/netlink';
import { reconcile } from 'ipvs/reconcile';
import { FakeKernel } from 'ipvs/testing';

const { positionals, values } = parseArgs({ allowPositionals: true, options: { fake: { type: 'boolean' } } });
const [file = 'backends.json'] = positionals;
const kernel = values.fake ? new FakeKernel() : linuxKernel();
const service = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
const { signal } = stop;

await using ipvs = await Ipvs.open({ kernel });
// What is there counts, not what happened: a missed event or a change by others is mended by the next turn.
while (!signal.aborted) {
  try {
    const { done, remaining } = await reconcile(ipvs, [{ service, destinations: await wanted() }], {
      scope: (key) => key.address === service.address && key.port === service.port,
      drain: { deadline: 60, kernel },
      signal,
    });
    for (const change of done)
      console.log(change.type, 'destination' in change ? describeDestination(change.destination) : '');
    for (const { error } of remaining) console.error(error); // it is tried again
  } catch (error) {
    if (!signal.aborted) console.error(error); // an unreadable file, say: the table stays as it is
  }
  await setTimeout(1000, undefined, { signal }).catch(() => {});
}

async function wanted() {
  const backends: string[] = JSON.parse(await readFile(file, 'utf8'));
  return backends.map((text) => ({ address: text.replace(/:\d+$/, ''), port: Number(text.split(':').at(-1)) }));
}
