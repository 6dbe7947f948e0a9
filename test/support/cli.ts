import { run } from '../../src/cli/run.ts';

/** What a run of the command came to. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the command `ipvs` in this process.
 * @param signal what SIGINT would abort
 */
export async function ipvs(
  argv: readonly string[],
  input: string | Uint8Array = '',
  signal: AbortSignal = new AbortController().signal,
): Promise<Outcome> {
  const written = { stdout: '', stderr: '' };
  const into = (name: keyof typeof written) => ({
    write(text: string) {
      written[name] += text;
    },
  });
  const status = await run(argv, {
    stdin: once(input),
    stdout: into('stdout'),
    stderr: into('stderr'),
    listenForInterrupt: () => signal,
  });
  return { status, ...written };
}

async function* once(input: string | Uint8Array): AsyncGenerator<string | Uint8Array> {
  yield input;
}
