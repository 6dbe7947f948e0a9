import { InputError } from '../../errors/input-error.ts';
import { WireError } from '../../errors/wire-error.ts';
import { familyOf, formatIPv4, formatIPv6, parseIPv4, parseIPv6 } from '../../linux/address.ts';
import type { Codec } from './types.ts';

/** An IPv4 address as four bytes; the kernel sends 16, of which the first four count. */
export const inet4: Codec<string> = {
  name: 'IPv4 address',
  read({ view }, at, length) {
    if (length < 4) throw new WireError(`${length} bytes where an IPv4 address has 4`);
    return formatIPv4(view.getUint32(at));
  },
  write(to, value) {
    const number = typeof value === 'string' ? parseIPv4(value) : undefined;
    if (number === undefined) throw new InputError('must be an IPv4 address', value);
    const at = to.reserve(4);
    to.view.setUint32(at, number);
  },
};

/** An IPv6 address as sixteen bytes, in text as inet_ntop(3) writes it. */
export const inet6: Codec<string> = {
  name: 'IPv6 address',
  read({ view }, at, length) {
    if (length < 16) throw new WireError(`${length} bytes where an IPv6 address has 16`);
    const words: number[] = [];
    for (let i = 0; i < 16; i += 2) words.push(view.getUint16(at + i));
    return formatIPv6(words);
  },
  write(to, value) {
    if (familyOf(value) !== 'inet6') throw new InputError('must be an IPv6 address without a zone', value);
    const at = to.reserve(16);
    parseIPv6(value).forEach((word, i) => {
      to.view.setUint16(at + 2 * i, word);
    });
  },
};

/** An address without its family: of 16 bytes, which the kernel sends for both families, all are read as IPv6. */
export const unionAddress: Codec<string> = {
  name: 'address',
  read: (from, at, length, siblings) => (length < 16 ? inet4 : inet6).read(from, at, length, siblings),
  write: (to, value, siblings) => (familyOf(value) === 'inet6' ? inet6 : inet4).write(to, value, siblings),
};
