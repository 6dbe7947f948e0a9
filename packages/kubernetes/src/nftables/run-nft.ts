import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NftablesError } from './nftables-error.ts';

/** How to run nft. */
export interface NftRunOptions {
  /** The program and the words before its own. */
  readonly program: readonly string[];
  /** Milliseconds until it is ended. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

/** Runs nft once: its own words, what it reads, what it prints. Rejects with NftablesError, or with the signal's reason. */
export async function runNft(words: readonly string[], input: string, options: NftRunOptions): Promise<string> {
  if (options.signal?.aborted) throw options.signal.reason;
  const stdin = input === '' ? undefined : await unnamedFile(input);
  try {
    return await run(words, stdin?.fd, options);
  } finally {
    await stdin?.close();
  }
}

/**
 * A file that holds a text and has no name any more. nft opens its standard input anew, by a path, which does not work for the
 * sockets that Node makes of pipes.
 */
async function unnamedFile(text: string): Promise<FileHandle> {
  const path = join(tmpdir(), `nft-${randomUUID()}.json`);
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o600 });
    return await open(path).finally(() => unlink(path));
  } catch (cause) {
    const message = `The input of nft could not be written to ${tmpdir()}: ${cause instanceof Error ? cause.message : cause}`;
    throw new NftablesError('refused', message, '', cause);
  }
}

function run(
  words: readonly string[],
  stdin: number | undefined,
  { program, timeout, signal }: NftRunOptions,
): Promise<string> {
  const [command = 'nft', ...before] = program;
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...before, ...words], { stdio: [stdin ?? 'ignore', 'pipe', 'pipe'] });
    const [output, errors]: [Buffer[], Buffer[]] = [[], []];
    let late = false;
    const end = () => child.kill('SIGKILL');
    const timer = setTimeout(() => {
      late = true;
      end();
    }, timeout);
    const settle = (act: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      act();
    };
    signal?.addEventListener('abort', end);
    child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk));
    child.on('error', (cause) => settle(() => reject(notStarted(command, cause))));
    child.on('close', (status) =>
      settle(() => {
        const said = Buffer.concat(errors).toString();
        if (signal?.aborted) reject(signal.reason);
        else if (late) reject(new NftablesError('timeout', `nft gave no answer within ${timeout} ms`, said));
        else if (status === 0) resolve(Buffer.concat(output).toString());
        else reject(refused(said));
      }),
    );
  });
}

function notStarted(command: string, cause: NodeJS.ErrnoException): NftablesError {
  if (cause.code === 'ENOENT')
    return new NftablesError('missing', `There is no program ${command}: the package nftables brings it`, '', cause);
  return new NftablesError('refused', `The program ${command} could not be started: ${cause.message}`, '', cause);
}

function refused(output: string): NftablesError {
  const [first = ''] = output.split('\n');
  if (/Operation not permitted/.test(output))
    return new NftablesError(
      'not-permitted',
      'nft may not change the packet filter: it requires CAP_NET_ADMIN',
      output,
    );
  return new NftablesError('refused', `nft refused: ${first || 'it said nothing'}`, output);
}
