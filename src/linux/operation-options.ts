import { assertKnownProperties } from '../errors/known-properties.ts';
import { type AbortSignalLike, assertSignal } from './abort-signal.ts';

/** Options of every operation. */
export interface OperationOptions {
  /** Stops waiting; the promise rejects with the signal's reason. What the kernel already did stays done. */
  readonly signal?: AbortSignalLike | undefined;
}

export const OPERATION_OPTIONS = ['signal'] as const satisfies (keyof OperationOptions)[];

/** Options as they were given. Throws InputError. */
export function validateOptions(options: OperationOptions = {}): OperationOptions {
  assertOptions(options, OPERATION_OPTIONS);
  return options;
}

/** Throws InputError unless the options are known, and the signal is one. */
export function assertOptions(options: OperationOptions, known: readonly string[]): void {
  assertKnownProperties('', options, known);
  if (options.signal !== undefined) assertSignal(options.signal);
}
