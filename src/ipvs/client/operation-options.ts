import { InputError } from '../../errors/input-error.ts';
import { assertKnownProperties } from '../../errors/known-properties.ts';
import { type AbortSignalLike, assertSignal } from '../../linux/abort-signal.ts';
import { assertObject } from '../model/validate.ts';

/** Options of every operation. */
export interface OperationOptions {
  /** Stops waiting; the promise rejects with the signal's reason. What the kernel already did stays done. */
  readonly signal?: AbortSignalLike | undefined;
}

/** Options of a listing. */
export interface ListOptions extends OperationOptions {
  /**
   * Whether the listing is read until two readings in a row are the same, which is the best evidence there is that changes
   * by others left nothing out. Rejects with an {@link UnstableError} after ten readings. A listing that comes in one
   * datagram, of up to 64 entries, is read once, since the kernel makes it at one time. Default false.
   */
  readonly consistent?: boolean | undefined;
}

const OPERATION_OPTIONS = ['signal'];
const LIST_OPTIONS = [...OPERATION_OPTIONS, 'consistent'];

/** Options as they were given. Throws InputError. */
export function validateOptions(options: OperationOptions = {}): OperationOptions {
  validate(options, OPERATION_OPTIONS);
  return options;
}

/** Options as they were given. Throws InputError. */
export function validateListOptions(options: ListOptions = {}): ListOptions {
  validate(options, LIST_OPTIONS);
  const { consistent } = options;
  if (consistent !== undefined && typeof consistent !== 'boolean')
    throw new InputError('must be true or false', consistent, 'consistent');
  return options;
}

function validate(options: OperationOptions, known: readonly string[]): void {
  assertObject('options', options);
  assertKnownProperties('', options, known);
  if (options.signal !== undefined) assertSignal(options.signal);
}
