import { printable } from '../errors/printable.ts';

/** Where a command reads and writes. */
export interface Io {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  /**
   * Takes SIGINT and SIGTERM, which end the process otherwise: the first aborts the signal that this returns, a second of
   * either ends the process.
   */
  listenForInterrupt(): AbortSignal;
  /** Aborted when nobody reads standard output any more. Absent: it is always read. */
  readonly unread?: AbortSignal | undefined;
}

/** Something to read to its end. */
export type Input = AsyncIterable<Uint8Array | string> & {
  /** Whether it is a terminal. */
  readonly isTTY?: boolean;
};

/** Something to write to. */
export interface Output {
  /** Whether it is a terminal. */
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Everything that comes in, as text. */
export async function readAll(input: Input): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of input) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * Says in one line what went wrong. What words of a command line, names of files or the kernel's own words bring along
 * does not reach the terminal as control characters.
 */
export function complain({ stderr }: Pick<Io, 'stderr'>, message: string): void {
  stderr.write(`ipvs: ${printable(message)}\n`);
}
