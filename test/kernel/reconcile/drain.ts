import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Ipvs } from '../../../src/ipvs/index.ts';
import { linuxKernel } from '../../../src/netlink/index.ts';
import { type DrainOptions, reconcile } from '../../../src/reconcile/index.ts';
import { enterFreshNamespace } from '../../support/linux/namespace.ts';

/** Long connections, and how often the long ones say something while servers are replaced. */
const CONNECTIONS = 200;
const PAUSE = 100;

const service = { protocol: 'tcp', address: '192.0.2.1', port: 80, scheduler: 'rr' } as const;
const [first, second, third] = [5001, 5002, 5003].map((port) => ({ address: '192.0.2.1', port })) as [Key, Key, Key];
type Key = { address: string; port: number };

export function drainTests(): void {
  describe(`${CONNECTIONS} long connections and steady new ones while a server is replaced`, () => {
    test('none is refused or reset with a drain, which waits for those that last; a deadline ends them', async () => {
      const { ipvs, clients } = await serve();
      let waited = 0;
      let lasting: string[] = [];
      const drain: DrainOptions = { deadline: 60, interval: 0.2, kernel: linuxKernel() };
      const progress = ({ draining }: { draining: readonly object[] }) => {
        if (draining.length === 0) return;
        waited++;
        // Those of the first server end their sessions after a while.
        if (waited === 10) clients.endAt(first);
        // Long after the ten seconds for which a reset connection is remembered: their states tell why they are still there.
        if (waited === 200) lasting = connectionsTo(first);
      };
      const { done, cut } = await reconcile(ipvs, [{ service, destinations: [second, third] }], { drain, progress });
      expect(done.map(({ type }) => type)).toEqual(['addDestination', 'removeDestination']);
      expect(waited).toBeGreaterThan(10);
      expect({ cut, lasting }).toEqual({ cut: [], lasting: [] });
      expect(clients.failures).toEqual([]);

      const left = clients.at(second);
      const late = await reconcile(ipvs, [{ service, destinations: [third] }], { drain: { deadline: 1 } });
      expect(late.cut).toMatchObject([{ destination: second }]);
      expect(late.cut[0]?.connections).toBeGreaterThanOrEqual(left);
      await clients.someFailure();
    });

    test('connections are reset without a drain', async () => {
      const { ipvs, clients } = await serve();
      await reconcile(ipvs, [{ service, destinations: [second, third] }]);
      await clients.someFailure();
    });
  });
}

/** Three servers, of which two serve, and clients at work. */
async function serve() {
  enterFreshNamespace();
  // A connection whose server was removed is then known to have ended, not left without an answer.
  const ipvs = await Ipvs.open();
  await linuxKernel().writeFile('/proc/sys/net/ipv4/vs/expire_nodest_conn', '1');
  await reconcile(ipvs, [{ service, destinations: [first, second] }]);
  const servers = await Promise.all([first, second, third].map(listen));
  const clients = await Clients.start();
  onTestFinished(async () => {
    await clients.stop();
    for (const server of servers) server.close();
    await ipvs.close();
  });
  return { ipvs, clients };
}

/** The connections to a server as the kernel lists them. */
function connectionsTo({ port }: Key): string[] {
  const hexadecimal = port.toString(16).toUpperCase();
  const lines = readFileSync('/proc/net/ip_vs_conn', 'utf8').split('\n');
  return lines.filter((line) => line.split(/\s+/)[6] === hexadecimal);
}

/** A server that says its port to whoever says something. */
async function listen({ address, port }: Key): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', () => socket.write(`${port}\n`));
  });
  server.listen(port, address, 1024);
  await once(server, 'listening');
  return server;
}

class Clients {
  /** Why connections ended that their client did not end. */
  readonly failures: string[] = [];
  readonly #long = new Map<Socket, number>();
  readonly #stop = new AbortController();
  readonly #work: Promise<unknown>[] = [];

  static async start(): Promise<Clients> {
    const clients = new Clients();
    for (let i = 0; i < CONNECTIONS; i++) await clients.#open();
    expect(clients.at(first)).toBe(CONNECTIONS / 2);
    clients.#work.push(clients.#talk(), clients.#comeAndGo());
    return clients;
  }

  /** How many long connections a server has. */
  at({ port }: Key): number {
    return [...this.#long.values()].filter((each) => each === port).length;
  }

  /** Ends the long connections of a server. */
  endAt({ port }: Key): void {
    for (const [socket, each] of this.#long) if (each === port) this.#end(socket);
  }

  /** Waits until a connection has failed; the others follow, each with its next retransmission. */
  async someFailure(): Promise<void> {
    while (this.failures.length === 0) await setTimeout(PAUSE);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#work);
    for (const socket of this.#long.keys()) this.#end(socket);
  }

  /** IPVS remembers a reset connection for 10 seconds, one that was closed for 120 (ip_vs_proto_tcp.c, tcp_timeouts). */
  #end(socket: Socket): void {
    this.#long.delete(socket);
    socket.removeAllListeners('error').on('error', () => {});
    socket.resetAndDestroy();
  }

  async #open(): Promise<void> {
    const socket = connect(service.port, service.address);
    socket.on('error', (error) => {
      this.failures.push(String(error));
      this.#long.delete(socket);
    });
    socket.write('hello');
    const [answer] = await once(socket, 'data');
    socket.resume();
    this.#long.set(socket, Number(answer));
  }

  async #talk(): Promise<void> {
    for (; !this.#stop.signal.aborted; await setTimeout(PAUSE))
      for (const socket of this.#long.keys()) socket.write('hello');
  }

  async #comeAndGo(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const socket = connect(service.port, service.address);
      socket.write('hello');
      await once(socket, 'data', { signal }).catch((error) => signal.aborted || this.failures.push(String(error)));
      socket.on('error', () => {});
      socket.resetAndDestroy();
    }
  }
}
