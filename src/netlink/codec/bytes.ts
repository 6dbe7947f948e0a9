import { InputError } from '../../errors/input-error.ts';
import type { Codec } from './types.ts';

/** Raw bytes, exactly as they are. */
export const bytes: Codec<Uint8Array> = {
  name: 'bytes',
  read: (from, at, length) => new Uint8Array(from.bytes.subarray(at, at + length)),
  write(to, value) {
    if (!(value instanceof Uint8Array)) throw new InputError('must be a Uint8Array', value);
    to.append(value);
  },
};
