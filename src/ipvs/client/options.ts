import { InputError } from '../../errors/input-error.ts';
import { assertKnownProperties } from '../../errors/known-properties.ts';
import { assertObject } from '../model/validate.ts';

/** Options of every operation. */
export interface OperationOptions {
  /** Stops waiting; the promise rejects with the signal's reason. What the kernel already did stays done. */
  readonly signal?: AbortSignal | undefined;
}

const NONE: OperationOptions = {};

/** Options as they were given. Throws InputError. */
export function validateOptions(options: OperationOptions | undefined): OperationOptions {
  if (options === undefined) return NONE;
  assertObject('options', options);
  assertKnownProperties('options', options, ['signal']);
  const { signal } = options;
  if (signal !== undefined && !isSignal(signal))
    throw new InputError('must be an AbortSignal', signal, 'options.signal');
  return options;
}

function isSignal(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'aborted' in value &&
    'addEventListener' in value &&
    typeof value.addEventListener === 'function'
  );
}
