import { IpvsLibraryError, nameClass } from '../errors/library-error.ts';
import type { AbortSignalLike } from '../linux/abort-signal.ts';

/** The server that a probe is to try. */
export interface ProbeTarget {
  /** IPv4 or IPv6 address, as text. */
  readonly address: string;
  /** 0 to 65535. */
  readonly port: number;
}

/** The global `AbortSignal`, or its structure where the consumer's compiler knows no such global. */
export type ProbeSignal = typeof globalThis extends { AbortSignal: { prototype: infer Signal } }
  ? Signal
  : AbortSignalLike;

/**
 * Tries a server: resolves when it is well, rejects when it is not. The signal is aborted when its time is up or the pool
 * stops; the probe must settle soon then, since the server is not tried again before.
 */
export type Probe = (target: ProbeTarget, options: { readonly signal: ProbeSignal }) => Promise<void>;

/** Why a server is not well. */
export class ProbeError extends IpvsLibraryError {
  override readonly code = 'ERR_PROBE';
}

nameClass(ProbeError, 'ProbeError');

/** What a probe rejects with, as an error of this package. */
export function toProbeError(error: unknown): IpvsLibraryError {
  if (error instanceof IpvsLibraryError) return error;
  return new ProbeError(error instanceof Error ? error.message : String(error), { cause: error });
}
