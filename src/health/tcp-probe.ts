import { connect } from 'node:net';
import { assertKnownProperties } from '../errors/known-properties.ts';
import { describeEndpoint } from '../ipvs/model/service-key.ts';
import { checkPort } from './options.ts';
import { type Probe, ProbeError } from './probe.ts';

/** Options of {@link tcpProbe}. */
export interface TcpProbeOptions {
  /** The port to connect to. Default: the destination's. */
  readonly port?: number | undefined;
}

/**
 * A server is well when it takes a TCP connection, which is closed at once. Throws InputError.
 * @example
 * ```ts
 * const probe = tcpProbe();
 * const signal = AbortSignal.timeout(5000);
 * await probe({ address: '127.0.0.1', port: 1 }, { signal }).catch((error) => console.log(error.message));
 * // No connection to 127.0.0.1:1 (ECONNREFUSED)
 * ```
 */
export function tcpProbe(options: TcpProbeOptions = {}): Probe {
  assertKnownProperties('probe', options, ['port']);
  const { port: other } = options;
  checkPort(other);
  return ({ address, port: own }, { signal }) =>
    new Promise((resolve, reject) => {
      const port = other ?? own;
      const name = describeEndpoint(address, port);
      const tooLate = () => new ProbeError(`No connection to ${name} in time`);
      if (signal.aborted) return reject(tooLate());
      const socket = connect({ host: address, port });
      const end = (settle: () => void) => {
        signal.removeEventListener('abort', timedOut);
        socket.destroy();
        settle();
      };
      const timedOut = () => end(() => reject(tooLate()));
      signal.addEventListener('abort', timedOut, { once: true });
      socket.once('connect', () => end(resolve));
      socket.once('error', (cause: NodeJS.ErrnoException) =>
        end(() => reject(new ProbeError(`No connection to ${name} (${cause.code})`, { cause }))),
      );
    });
}
