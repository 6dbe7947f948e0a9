import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Who listens where: a namespace, and an address in it. */
export interface Listener {
  readonly place: string;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly address: string;
  readonly port: number;
}

/** Who asks whom. */
export interface Question extends Listener {
  /** Address and port of the client; 0 for any port. */
  readonly from?: readonly [address: string, port: number];
  /** Length of the question in bytes, 4 by default. */
  readonly size?: number;
  /** Keeps the connection open under this name. */
  readonly keep?: string;
}

/** Servers and clients in all namespaces: `peers.py`, since Node has no SCTP and no namespaces. */
export class Peers {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #results: AsyncIterator<string>;

  constructor() {
    this.#process = spawn('python3', ['-I', join(import.meta.dirname, 'peers.py')]);
    this.#process.stderr.pipe(process.stderr);
    // That it ended, or never began, is seen where its next result is awaited.
    for (const each of [this.#process, this.#process.stdin]) each.on('error', () => {});
    this.#results = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  async listen(listeners: readonly Listener[]): Promise<void> {
    await this.#run('listen', listeners);
  }

  /** Asks all at once: who answered each (the name of the namespace), or why nobody did. */
  ask(questions: readonly Question[]): Promise<string[]> {
    return this.#run('ask', questions) as Promise<string[]>;
  }

  /** Asks once more on connections that were kept. */
  again(names: readonly string[]): Promise<string[]> {
    return this.#run('again', names) as Promise<string[]>;
  }

  async release(names: readonly string[]): Promise<void> {
    await this.#run('release', names);
  }

  async close(): Promise<void> {
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== null || signalCode !== null) return;
    this.#process.stdin.end();
    await once(this.#process, 'exit');
  }

  async #run(command: string, items: readonly unknown[]): Promise<unknown> {
    this.#process.stdin.write(`${JSON.stringify([command, items])}\n`);
    const { value, done } = await this.#results.next();
    if (done) throw new Error(`peers.py ended while it was to ${command}`);
    return JSON.parse(value);
  }
}
