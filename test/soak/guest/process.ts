import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Part } from './life.ts';
import type { Order, Report } from './messages.ts';

const PATIENCE = 120_000;

/** A controller's process as the supervisor sees it. */
export class ControllerProcess {
  readonly name: string;
  readonly start: Promise<Report>;
  /** The latest report. */
  last: Report | undefined;
  readonly #process: ChildProcess;

  constructor(namespace: string, part: Part, seed: number) {
    this.name = `${namespace}, ${part}`;
    const program = join(import.meta.dirname, 'controller.mjs');
    // ip enters the namespace and becomes Node.
    this.#process = fork(program, [String(seed), part], {
      execPath: 'ip',
      execArgv: ['netns', 'exec', namespace, process.execPath, '--expose-gc'],
    });
    this.start = this.#answer('start');
  }

  /** Tells it something, and waits for the answer. */
  async tell(order: Order, patience = PATIENCE): Promise<Report> {
    const answer = this.#answer(order, patience);
    this.#process.send(order);
    return answer.catch(async (cause) => {
      if (order === 'sample') throw cause;
      const { doing } = await this.tell('sample', 10_000).catch(() => ({ doing: 'nothing that lets it answer' }));
      throw new Error(`The controller of ${this.name} does not ${order}: its operation is ${doing}`, { cause });
    });
  }

  async #answer(to: Report['answers'], patience = PATIENCE): Promise<Report> {
    const end = new AbortController();
    const signal = AbortSignal.any([end.signal, AbortSignal.timeout(patience)]);
    const ended = once(this.#process, 'exit', { signal }).then(([status]) => {
      throw new Error(`The controller of ${this.name} has ended with status ${status}`);
    });
    ended.catch(() => {});
    try {
      for (;;) {
        const [report] = (await Promise.race([once(this.#process, 'message', { signal }), ended])) as [Report];
        this.last = report;
        if (report.answers === to) return report;
      }
    } finally {
      end.abort();
    }
  }
}
