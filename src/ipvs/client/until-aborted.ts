import type { AbortSignalLike } from '../../linux/abort-signal.ts';
import { onAbort } from '../../netlink/generic/on-abort.ts';

/** The promise, or a rejection with the signal's reason if that aborts first. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignalLike | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    const forget = onAbort(signal, abort);
    promise.then(resolve, reject).then(forget);
  });
}
