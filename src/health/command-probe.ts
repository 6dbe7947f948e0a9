import { spawn } from 'node:child_process';
import { InputError } from '../errors/input-error.ts';
import { assertKnownProperties } from '../errors/known-properties.ts';
import { assertObject } from '../errors/validate.ts';
import { type Probe, ProbeError } from './probe.ts';

/** Options of {@link commandProbe}. */
export interface CommandProbeOptions {
  /** Added to the environment of this process, as are `IPVS_ADDRESS` and `IPVS_PORT`, which say what to try. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

const MAX_WORDS = 200;

/**
 * A server is well when a command ends with status 0. No shell is involved. The command is killed (SIGKILL) when its time
 * is up. Throws InputError.
 * @example
 * ```ts
 * const probe = commandProbe('sh', ['-c', 'test "$IPVS_PORT" = 8080']);
 * await probe({ address: '10.0.0.5', port: 8080 }, { signal: new AbortController().signal });
 * ```
 */
export function commandProbe(
  command: string,
  parameters: readonly string[] = [],
  options: CommandProbeOptions = {},
): Probe {
  assertKnownProperties('probe', options, ['env']);
  const { env = {} } = options;
  assertObject('probe.env', env);
  if (typeof command !== 'string' || command === '') throw new InputError('must be a command', command, 'command');
  if (!Array.isArray(parameters)) throw new InputError('must be an array', parameters, 'parameters');
  for (const [field, words] of Object.entries({
    command: [command],
    parameters,
    'probe.env': Object.entries(env).flat(),
  }))
    for (const word of words)
      if (typeof word !== 'string' || word.includes('\0'))
        throw new InputError('must be a text without zero bytes', word, field);
  return ({ address, port }, { signal }) =>
    new Promise((resolve, reject) => {
      const environment = { ...process.env, ...env, IPVS_ADDRESS: address, IPVS_PORT: String(port) };
      const child = spawn(command, [...parameters], { env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
      // Without a descriptor it has no output either.
      child.once('error', (cause: NodeJS.ErrnoException) =>
        reject(new ProbeError(`${command} cannot be started (${cause.code})`, { cause })),
      );
      const kill = () => child.kill('SIGKILL');
      if (signal.aborted) kill();
      signal.addEventListener('abort', kill, { once: true });
      let words = '';
      child.stderr?.setEncoding('utf8').on('data', (text) => {
        words = (words + text).slice(0, MAX_WORDS);
      });
      child.once('exit', (status, killedBy) => {
        signal.removeEventListener('abort', kill);
        // What it left running may hold its output open, so that end is not waited for.
        child.stderr?.destroy();
        if (status === 0) resolve();
        else if (signal.aborted) reject(new ProbeError(`${command} did not end in time`));
        else
          reject(
            new ProbeError(
              [`${command} ended with ${killedBy ?? `status ${status}`}`, words.trim()].filter(Boolean).join(': '),
            ),
          );
      });
    });
}
