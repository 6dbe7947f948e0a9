import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Ipvs } from '../../src/ipvs/index.ts';
import { enterFreshNamespace } from '../support/linux/namespace.ts';

const service = { protocol: 'udp', address: '192.0.2.1', port: 5000 } as const;
const server = { address: '192.0.2.1', port: 5001 };

/** The estimator brings the counters up to date every two seconds (net/netfilter/ipvs/ip_vs_est.c). */
const ESTIMATED = 2500;

export function trafficTests(): void {
  describe('traffic', () => {
    test('is counted, and zeroed', async () => {
      enterFreshNamespace();
      const ipvs = await Ipvs.open();
      await ipvs.addService({ ...service, scheduler: 'rr' });
      await ipvs.addDestination(service, server);
      await send(5);
      await setTimeout(ESTIMATED);

      const counted = {
        connections: 1n,
        incomingPackets: 5n,
        incomingBytes: 640n,
        outgoingPackets: 0n,
        outgoingBytes: 0n,
      };
      expect((await ipvs.service(service))?.statistics).toMatchObject(counted);
      const [destination] = await ipvs.destinations(service);
      expect(destination).toMatchObject({ activeConnections: 0, inactiveConnections: 1, statistics: counted });
      expect(destination?.statistics.incomingBytesPerSecond).toBeGreaterThan(0);

      await ipvs.zero(service);
      expect((await ipvs.service(service))?.statistics).toMatchObject({ connections: 0n, incomingBytes: 0n });
      await ipvs.close();
    });
  });
}

/** Sends packets of 100 bytes, 128 with their headers, to the service, all from one port; the server hears them. */
async function send(count: number): Promise<void> {
  const [real, client] = [createSocket('udp4'), createSocket('udp4')];
  let heard = 0;
  real.on('message', () => heard++);
  real.bind(server.port, server.address);
  await once(real, 'listening');
  for (let i = 0; i < count; i++)
    await new Promise((sent) => client.send(Buffer.alloc(100), service.port, service.address, sent));
  while (heard < count) await setTimeout(10);
  real.close();
  client.close();
}
