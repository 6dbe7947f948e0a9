import { InputError } from '../../errors/input-error.ts';
import { assertOptions, OPERATION_OPTIONS, type OperationOptions } from '../../linux/operation-options.ts';

/** Options of a listing. */
export interface ListOptions extends OperationOptions {
  /**
   * Whether the listing is read until two readings in a row are the same, which is the best evidence there is that changes
   * by others left nothing out. Rejects with an {@link UnstableError} after ten readings. A listing that comes in one
   * datagram, of up to 64 entries, is read once, since the kernel makes it at one time. Default false.
   */
  readonly consistent?: boolean | undefined;
}

const LIST_OPTIONS = [...OPERATION_OPTIONS, 'consistent'];

/** Options as they were given. Throws InputError. */
export function validateListOptions(options: ListOptions = {}): ListOptions {
  assertOptions(options, LIST_OPTIONS);
  const { consistent } = options;
  if (consistent !== undefined && typeof consistent !== 'boolean')
    throw new InputError('must be true or false', consistent, 'consistent');
  return options;
}
