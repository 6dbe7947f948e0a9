import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Place, places } from './network.ts';

/** An address and port. */
export interface Target {
  readonly address: string;
  readonly port: number;
}

/** What to ask for. */
export interface Question extends Target {
  readonly protocol?: 'tcp' | 'udp';
  /** How often, so many milliseconds one after the other. Default 6 times. */
  readonly count?: number;
  readonly gap?: number;
  /** The client's own address, where its place has several. */
  readonly from?: string;
  /** Milliseconds after which nobody answers; default 20,000. */
  readonly patience?: number;
}

/** What a load came to: how often each answer came, in how many seconds. */
export interface LoadResult {
  readonly counts: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** A client and server in a place of the network: see program.mjs. */
export class Program {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: unknown) => void>();
  #next = 1;

  static async start(place: Place): Promise<Program> {
    const program = [process.execPath, join(import.meta.dirname, 'program.mjs'), ...places[place]];
    const peer = new Program(spawn('ip', ['netns', 'exec', place, ...program], { stdio: ['pipe', 'pipe', 'inherit'] }));
    await new Promise<unknown>((resolve) => peer.#waiting.set(0, resolve));
    return peer;
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const { id, answer } = JSON.parse(line);
      this.#waiting.get(id)?.(answer);
      this.#waiting.delete(id);
    });
  }

  /** The answers, each once and sorted: `10.244.1.2:8080 < 192.0.2.100`, who answered and whom he saw; or the code of an error. */
  async ask(question: Question): Promise<string[]> {
    return [...new Set(await this.askEach(question))].sort();
  }

  /** Every answer, in order. */
  askEach(question: Question): Promise<string[]> {
    return this.#order('ask', { count: 6, ...question });
  }

  /** Opens a connection that stays, under a name, and gives its first answer. */
  hold(name: string, target: Target): Promise<string> {
    return this.#order('hold', { name, ...target });
  }

  /** Asks once more over such a connection. */
  say(name: string): Promise<string> {
    return this.#order('say', { name });
  }

  /** Resets such a connection. */
  drop(name: string): Promise<void> {
    return this.#order('drop', { name });
  }

  /** Accepts no more connections at one of its addresses and ports, as a pod that ends. */
  close(target: Target): Promise<void> {
    return this.#order('close', target);
  }

  /** Opens short connections to the targets in turn, as many a second as it can and at most `rate`, until {@link finish}. */
  load(load: { readonly targets: readonly Target[]; readonly rate: number }): Promise<LoadResult> {
    return this.#order('load', load);
  }

  finish(): Promise<void> {
    return this.#order('finish', {});
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  #order<T>(command: string, rest: object): Promise<T> {
    const id = this.#next++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve as (answer: unknown) => void);
      this.#child.stdin?.write(`${JSON.stringify({ id, command, ...rest })}\n`);
    });
  }
}
