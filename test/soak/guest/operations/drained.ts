import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { reconcile } from '../../../../src/reconcile/index.ts';
import type { Life } from '../life.ts';

const service = { protocol: 'tcp', address: '192.0.2.1', port: 7000, scheduler: 'rr' } as const;

/** Removes a server with open connections: those are waited for until the deadline, and what was cut is said. */
export async function drained(life: Life): Promise<void> {
  const accepted: Socket[] = [];
  const server = createServer((socket) => void accepted.push(socket.on('error', () => {}).resume()));
  server.listen(0, service.address);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const destination = { address: service.address, port };
  const scope = ({ port }: { port?: number | undefined }) => port === service.port;
  const clients: Socket[] = [];
  try {
    await reconcile(life.ipvs, [{ service, destinations: [destination] }], { scope: scope as never });
    // Else a client whose port an earlier one had is sent to that one's server, which is gone. A module that is loaded again has forgotten it.
    await life.ipvs.setSysctls({ expire_nodest_conn: true });
    for (let left = 1 + life.random.below(8); left > 0; left--) {
      const client = connect(service.port, service.address);
      await once(client, 'connect');
      clients.push(client.on('error', () => {}));
    }
    const drain = { deadline: 0.2, interval: 0.05 };
    const { remaining, cut } = await reconcile(life.ipvs, [], { scope: scope as never, drain });
    life.expect('drained, remaining', remaining.length, 0);
    life.expect(
      'drained, cut',
      cut.map(({ connections }) => connections),
      [clients.length],
    );
    life.count('connections cut', clients.length);
  } finally {
    // Neither end hears of the other any more.
    for (const socket of [...clients, ...accepted]) socket.destroy();
    server.close();
    await once(server, 'close');
  }
}
