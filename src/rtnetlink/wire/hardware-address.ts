import type { Codec } from '../../netlink/index.ts';
import { InputError } from '../../netlink/index.ts';

/** A link-layer address of any length, in text as `ip link` shows it: `'02:00:5e:10:00:01'`. */
export const hardwareAddress: Codec<string> = {
  name: 'link-layer address',
  read({ bytes }, at, length) {
    return Array.from(bytes.subarray(at, at + length), (byte) => byte.toString(16).padStart(2, '0')).join(':');
  },
  write(to, value) {
    if (typeof value !== 'string' || !/^[\da-f]{2}(?::[\da-f]{2})*$/i.test(value))
      throw new InputError("must be bytes in hexadecimal with colons, like '02:00:5e:10:00:01'", value);
    to.append(Uint8Array.from(value.split(':'), (byte) => Number.parseInt(byte, 16)));
  },
};
