import { InputError } from '../errors/input-error.ts';

/**
 * An `AbortSignal`, as the types of Node or of browsers declare it; without either, the part of one that this package
 * uses. So its declarations compile with nothing but the ECMAScript library.
 */
export type AbortSignalLike = typeof globalThis extends { AbortSignal: { prototype: infer Declared } }
  ? Declared
  : {
      /** Whether it was aborted. */
      readonly aborted: boolean;
      /** Why it was aborted, which what was stopped rejects with. */
      readonly reason: unknown;
      /** Calls the listener once it is aborted. */
      addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
      /** Lets go of a listener. */
      removeEventListener(type: 'abort', listener: () => void): void;
    };

/** Throws InputError for a `signal` option that is no AbortSignal. */
export function assertSignal(signal: unknown): void {
  const { aborted, addEventListener, removeEventListener } = Object(signal);
  const complete =
    typeof aborted === 'boolean' && typeof addEventListener === 'function' && typeof removeEventListener === 'function';
  if (!complete) throw new InputError('must be an AbortSignal', signal, 'signal');
}
