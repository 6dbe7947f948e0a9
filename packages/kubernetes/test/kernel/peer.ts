import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** What to ask for. */
export interface Question {
  readonly protocol?: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
  /** How often, so many milliseconds one after the other. Default once. */
  readonly count?: number;
  readonly gap?: number;
}

/** A client and server in a network namespace of its own: see peer.mjs. */
export class Peer {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answers: string[]) => void>();
  #next = 0;

  static async start(netns: string): Promise<Peer> {
    const words = ['netns', 'exec', netns, process.execPath, join(import.meta.dirname, 'peer.mjs'), netns];
    const child = spawn('ip', words, { stdio: ['pipe', 'pipe', 'inherit'] });
    const peer = new Peer(child);
    await peer.#isReady;
    return peer;
  }

  readonly #isReady: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    this.#isReady = once(lines, 'line');
    lines.on('line', (line) => {
      const { id, answers } = JSON.parse(line);
      this.#waiting.get(id)?.(answers);
      this.#waiting.delete(id);
    });
  }

  /** The answers: `pod1 192.0.2.100`, who answered and the address that he was asked from; or the code of an error. */
  ask(question: Question): Promise<string[]> {
    const id = ++this.#next;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#child.stdin?.write(`${JSON.stringify({ id, ...question })}\n`);
    });
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}
