import { AF_INET6 } from '../../servers/address.ts';

/** The words of an address, one for IPv4 and four for IPv6, each in host order, as one. */
export function foldAddress(family: number, address: Buffer): number {
  let folded = address.readUInt32BE(0);
  if (family === AF_INET6) for (let at = 4; at < 16; at += 4) folded ^= address.readUInt32BE(at);
  return folded >>> 0;
}

/** The highest bits of a product (include/linux/hash.h, hash_32). */
export function hash32(value: number, bits: number): number {
  return Math.imul(value, 0x61c88647) >>> (32 - bits);
}
