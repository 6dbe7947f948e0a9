import { isIPv6 } from 'node:net';
import { formatIPv4, formatIPv6 } from '../../linux/address.ts';
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

/** An address that the kernel keeps, as text. */
export function addressText(family: number, address: Buffer): string {
  if (family !== AF_INET6) return formatIPv4(address.readUInt32BE());
  return formatIPv6(Array.from({ length: 8 }, (_, i) => address.readUInt16BE(2 * i)));
}
