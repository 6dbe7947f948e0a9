import { isIPv6 } from 'node:net';
import { inet4, inet6 } from '../../netlink/codec/address.ts';
import { WriteBuffer } from '../../netlink/index.ts';

export const AF_INET = 2;
export const AF_INET6 = 10;

/** The bytes of an address in text, 4 or 16. Throws InputError. */
export function addressBytes(text: string): Buffer {
  const to = new WriteBuffer(16);
  (isIPv6(text) ? inet6 : inet4).write(to, text, {});
  return Buffer.from(to.written());
}

/**
 * An address as the kernel keeps and sends it: 16 bytes, of which IPv4 takes the first 4 (`union nf_inet_addr`;
 * ip_vs.h, ip_vs_addr_copy).
 */
export function storedAddress(family: number, given: Uint8Array): Buffer {
  const address = Buffer.alloc(16);
  address.set(given.subarray(0, family === AF_INET6 ? 16 : 4));
  return address;
}
