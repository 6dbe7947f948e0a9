import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { Input, Output } from '../io.ts';

/** Whether there is somebody to ask. */
export function canAsk(stdin: Input, stdout: Output): boolean {
  return Boolean(stdin.isTTY && stdout.isTTY);
}

/** Asks a question whose answer is yes or, as nothing and the end of input are, no. Rejects with the signal's reason. */
export async function ask(question: string, stdin: Input, stdout: Output, signal: AbortSignal): Promise<boolean> {
  stdout.write(`${question} [y/N] `);
  const input = stdin instanceof Readable ? stdin : Readable.from(stdin);
  // The terminal keeps its own line editing, and its Ctrl-C is SIGINT.
  const lines = createInterface({ input, terminal: false });
  const done = new AbortController();
  try {
    const either = { signal: AbortSignal.any([signal, done.signal]) };
    const answer = once(lines, 'line', either);
    const end = once(lines, 'close', either).then(() => ['']);
    const [line] = await Promise.race([answer, end]).finally(() => {
      for (const each of [answer, end]) each.catch(() => {});
      done.abort();
    });
    return /^y(es)?$/i.test(String(line).trim());
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    lines.close();
  }
}
