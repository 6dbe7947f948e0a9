import { InputError } from '../errors/input-error.ts';

/** The part of an `AbortSignal` that this package uses, so that its declarations need neither DOM nor Node types. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Throws InputError for a `signal` option that is no AbortSignal. */
export function assertSignal(signal: unknown): void {
  const { aborted, addEventListener, removeEventListener } = Object(signal);
  const complete =
    typeof aborted === 'boolean' && typeof addEventListener === 'function' && typeof removeEventListener === 'function';
  if (!complete) throw new InputError('must be an AbortSignal', signal, 'signal');
}
