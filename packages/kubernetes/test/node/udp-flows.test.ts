import { Conntrack } from 'ipvs/conntrack';
import { FakeKernel } from 'ipvs/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UdpFlows } from '../../src/node/udp-flows.ts';

const dns = { address: '10.96.0.53', port: 53 };
const [a, b] = [
  { address: '10.244.2.3', port: 5353 },
  { address: '10.244.2.4', port: 5353 },
];

let kernel: FakeKernel;
let conntrack: Conntrack;
let flows: UdpFlows;
let sourcePort: number;

beforeEach(async () => {
  kernel = new FakeKernel();
  conntrack = await Conntrack.open({ kernel });
  flows = new UdpFlows(conntrack);
  sourcePort = 40_000;
});
afterEach(() => conntrack.close());

/** A flow through a service to an endpoint. */
function flow(service: typeof dns, endpoint: typeof a, protocol: 'udp' | 'tcp' = 'udp'): void {
  sourcePort++;
  kernel.flows.add({
    protocol,
    original: { source: '10.244.1.9', sourcePort, destination: service.address, destinationPort: service.port },
    reply: {
      source: endpoint.address,
      sourcePort: endpoint.port,
      destination: '10.244.1.9',
      destinationPort: sourcePort,
    },
  });
}

async function left(): Promise<string[]> {
  return (await conntrack.flows())
    .map(({ protocol, original, reply }) => `${protocol} ${original.destination} ${reply.source}`)
    .sort();
}

test('flows to endpoints that a service does not have are removed, and no others', async () => {
  flow(dns, a);
  flow(dns, b);
  flow(dns, a, 'tcp');
  flow({ ...dns, port: 54 }, a);
  flow({ ...dns, address: '10.96.0.54' }, a);
  expect(await flows.removeStale([{ ...dns, endpoints: [b] }])).toBe(1);
  expect(await left()).toEqual([
    'tcp 10.96.0.53 10.244.2.3',
    'udp 10.96.0.53 10.244.2.3',
    'udp 10.96.0.53 10.244.2.4',
    'udp 10.96.0.54 10.244.2.3',
  ]);
});

test('all flows of a service that is gone are removed', async () => {
  flow(dns, a);
  flow(dns, b);
  expect(await flows.removeStale([{ ...dns, endpoints: [] }])).toBe(2);
  expect(await left()).toEqual([]);
});

test('an endpoint whose port has changed is another one', async () => {
  flow(dns, a);
  expect(await flows.removeStale([{ ...dns, endpoints: [{ ...a, port: 53 }] }])).toBe(1);
});

test('one that ends meanwhile is no failure', async () => {
  flow(dns, a);
  kernel.refuse('ENOENT', { command: 'IPCTNL_MSG_CT_DELETE' });
  expect(await flows.removeStale([{ ...dns, endpoints: [] }])).toBe(0);
});
