import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { inNamespace } from '../../support/linux/namespace.ts';
import type { Place } from './network.ts';

export const sctp = join(import.meta.dirname, 'sctp.py');

/** Where a server listens. */
export interface Listening {
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly address: string;
  readonly port: number;
}

/** Servers that answer with the name of the namespace that they are in. */
export class Servers {
  readonly #sockets: (Server | Socket)[] = [];
  readonly #processes: ChildProcess[] = [];

  async listen(place: Place, all: readonly Listening[]): Promise<void> {
    await inNamespace(place, async () => {
      for (const each of all) {
        if (each.protocol === 'tcp') await this.#tcp(place, each);
        if (each.protocol === 'udp') await this.#udp(place, each);
      }
    });
    const pairs = all
      .filter(({ protocol }) => protocol === 'sctp')
      .flatMap(({ address, port }) => [address, `${port}`]);
    if (pairs.length === 0) return;
    const words = ['netns', 'exec', place, 'python3', sctp, 'serve', place, ...pairs];
    const server = spawn('ip', words, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#processes.push(server);
    await once(server.stdout, 'data');
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.close();
    for (const each of this.#processes) {
      each.kill();
      if (each.exitCode === null && each.signalCode === null) await once(each, 'exit');
    }
  }

  async #tcp(place: Place, { address, port }: Listening): Promise<void> {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.end(place);
    });
    this.#sockets.push(server);
    server.listen(port, address);
    await once(server, 'listening');
  }

  async #udp(place: Place, { address, port }: Listening): Promise<void> {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    this.#sockets.push(socket);
    socket.on('message', (_, { address: from, port: at }) => socket.send(place, at, from));
    socket.bind(port, address);
    await once(socket, 'listening');
  }
}
