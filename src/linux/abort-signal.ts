import { InputError } from '../errors/input-error.ts';

/**
 * An `AbortSignal`, as the types of Node or of browsers declare it; without either, the part of one that this package
 * uses. So its declarations compile with nothing but the ECMAScript library.
 */
export type AbortSignalLike = typeof globalThis extends { AbortSignal: { prototype: infer Declared } }
  ? Declared
  : {
      readonly aborted: boolean;
      readonly reason: unknown;
      addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
      removeEventListener(type: 'abort', listener: () => void): void;
    };

/** Throws InputError for a `signal` option that is no AbortSignal. */
export function assertSignal(signal: unknown): void {
  const { aborted, addEventListener, removeEventListener } = Object(signal);
  const complete =
    typeof aborted === 'boolean' && typeof addEventListener === 'function' && typeof removeEventListener === 'function';
  if (!complete) throw new InputError('must be an AbortSignal', signal, 'signal');
}
