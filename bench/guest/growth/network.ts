import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { ENDPOINTS, endpointAddress, TARGET_PORT } from './cluster.ts';
import { run } from './run.ts';

const [CLIENT, SERVERS] = ['client', 'servers'];

/** A client, the director that is programmed, and servers on all endpoints, each in a network namespace of its own. */
export class Network implements AsyncDisposable {
  /** The namespace of the director. */
  readonly director: string;
  readonly #connect: string;
  readonly #server: ChildProcess;

  /** @param connect the program of bench/native/connect.c */
  static async create(director: string, connect: string): Promise<Network> {
    const ip = (...words: string[]) => run(['ip', ...words]);
    for (const name of [CLIENT, director, SERVERS]) {
      ip('netns', 'add', name);
      ip('-n', name, 'link', 'set', 'lo', 'up');
    }
    for (const [outside, peer, address, outsideAddress] of [
      [CLIENT, 'clients', '10.1.0.254/24', '10.1.0.1/24'],
      [SERVERS, 'servers', '10.2.0.254/24', `${endpointAddress(0)}/24`],
    ] as const) {
      ip('link', 'add', peer, 'netns', director, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', outside);
      ip('-n', director, 'address', 'add', address, 'dev', peer);
      ip('-n', director, 'link', 'set', peer, 'up');
      ip('-n', outside, 'address', 'add', outsideAddress, 'dev', 'eth0');
      ip('-n', outside, 'link', 'set', 'eth0', 'up');
      ip('-n', outside, 'route', 'add', 'default', 'via', address.replace('/24', ''));
    }
    for (let j = 1; j <= ENDPOINTS; j++) ip('-n', SERVERS, 'address', 'add', `${endpointAddress(j)}/24`, 'dev', 'eth0');
    run(['ip', 'netns', 'exec', director, 'sysctl', '-qw', 'net.ipv4.ip_forward=1']);
    const server = spawn('ip', ['netns', 'exec', SERVERS, connect, 'serve', `${TARGET_PORT}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(server.stdout, 'data');
    return new Network(director, connect, server);
  }

  private constructor(director: string, connect: string, server: ChildProcess) {
    this.director = director;
    this.#connect = connect;
    this.#server = server;
  }

  /** The microseconds that each of so many connections took to set up. */
  connect(address: string, port: number, count: number): number[] {
    return run(['ip', 'netns', 'exec', CLIENT, this.#connect, address, `${port}`, `${count}`])
      .trim()
      .split('\n')
      .map(Number);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#server, 'exit');
    this.#server.kill();
    await ended;
    for (const name of [CLIENT, this.director, SERVERS]) run(['ip', 'netns', 'delete', name]);
  }
}
