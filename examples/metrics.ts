// Serves the metrics of IPVS beside those of the program, with prom-client, and asks for them once.
//
// Run: npx tsx metrics.ts --fake, or as root in a network namespace of its own with `lo` up; see README.md.
//
// Prints:
//   ipvs_up 1
//   node_ipvs_backend_weight{local_address="192.0.2.10",local_port="80",proto="TCP",local_mark="",remote_address="10.0.0.5",remote_port="8080"} 2
//   node_ipvs_backend_weight{local_address="192.0.2.10",local_port="80",proto="TCP",local_mark="",remote_address="10.0.0.6",remote_port="8080"} 1
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Ipvs } from 'ipvs';
import { collectMetrics } from 'ipvs/metrics';
import { linuxKernel } from 'ipvs/netlink';
import { reconcile } from 'ipvs/reconcile';
import { FakeKernel } from 'ipvs/testing';
import { Registry } from 'prom-client';

const kernel = process.argv.includes('--fake') ? new FakeKernel() : linuxKernel();
const ipvs = await Ipvs.open({ kernel });
await reconcile(ipvs, [
  {
    service: { protocol: 'tcp', address: '192.0.2.10', port: 80 },
    destinations: [
      { address: '10.0.0.5', port: 8080, weight: 2 },
      { address: '10.0.0.6', port: 8080 },
    ],
  },
]);

const registry = new Registry();
collectMetrics(ipvs, { registry });

const server = createServer(async (_, response) => {
  response.setHeader('content-type', registry.contentType).end(await registry.metrics());
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');

const { port } = server.address() as AddressInfo;
const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
const shown = text.split('\n').filter((line) => /^(ipvs_up|node_ipvs_backend_weight)\b/.test(line));
console.log(shown.sort().join('\n'));

server.close();
await ipvs.removeService({ protocol: 'tcp', address: '192.0.2.10', port: 80 });
await ipvs.close();
