import type { AbortSignalLike } from '../../linux/abort-signal.ts';

/** What is to happen when a signal aborts; a signal has one listener, however many wait for it. */
interface Waiting {
  readonly acts: Set<() => void>;
  readonly listener: () => void;
}

const waitingFor = new WeakMap<AbortSignalLike, Waiting>();

/** Calls `act` when the signal aborts, unless the function that is returned was called before. */
export function onAbort(signal: AbortSignalLike, act: () => void): () => void {
  const { acts, listener } = waitingFor.get(signal) ?? listen(signal);
  acts.add(act);
  return () => {
    if (!acts.delete(act) || acts.size > 0) return;
    signal.removeEventListener('abort', listener);
    waitingFor.delete(signal);
  };
}

function listen(signal: AbortSignalLike): Waiting {
  const acts = new Set<() => void>();
  const listener = () => {
    signal.removeEventListener('abort', listener);
    waitingFor.delete(signal);
    for (const act of [...acts]) act();
  };
  const waiting = { acts, listener };
  waitingFor.set(signal, waiting);
  signal.addEventListener('abort', listener);
  return waiting;
}
