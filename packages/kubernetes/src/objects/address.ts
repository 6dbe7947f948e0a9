import { isIP, SocketAddress } from 'node:net';

/** Address family: IPv4 is `'inet'`, IPv6 is `'inet6'`, as in `ipvs`. */
export type AddressFamily = 'inet' | 'inet6';

/** The family of an address, which must be one. */
export function familyOf(address: string): AddressFamily {
  return address.includes(':') ? 'inet6' : 'inet';
}

/**
 * The one text of an address, however it was written; undefined for what is none. IPv6 in the words of inet_ntop(3); an
 * IPv4 address embedded in IPv6 (`::ffff:192.0.2.1`) is that IPv4 address, as Go and so all of Kubernetes has it.
 */
export function canonicalAddress(text: string): string | undefined {
  const version = isIP(text);
  if (version === 4) return text;
  if (version !== 6 || text.includes('%')) return undefined;
  const { address } = new SocketAddress({ address: text, family: 'ipv6' });
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}

/**
 * Whether an address can be that of a server for others: neither unspecified, nor loopback, link-local or multicast, as the
 * API server demands of external addresses and endpoints. The address must be canonical.
 */
export function isOrdinary(address: string): boolean {
  return !/^(?:0\.0\.0\.0$|127\.|169\.254\.|2(?:2[4-9]|3\d)\.|255\.255\.255\.255$|::1?$|fe[89ab][\da-f]:|ff[\da-f]{2}:)/.test(
    address,
  );
}

/** Whether an address only means something on its own machine or link: loopback, or IPv6 link-local. */
export function isConfined(address: string): boolean {
  return /^(?:127\.|::1$|fe[89ab][\da-f]:)/.test(address);
}

/** Addresses that begin with the same bits. */
export interface Network {
  readonly family: AddressFamily;
  /** The first address, canonical. */
  readonly address: string;
  /** How many bits they have in common. */
  readonly prefix: number;
  /** The same as text: `192.0.2.0/24`. */
  readonly text: string;
  /** Whether it has an address, which must be canonical. */
  has(address: string): boolean;
}

/** A network in CIDR notation, `192.0.2.0/24`, or a single address; undefined for what is none. */
export function parseNetwork(text: string): Network | undefined {
  const [, base = '', digits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = canonicalAddress(base);
  if (address === undefined) return undefined;
  const family = familyOf(address);
  const width = family === 'inet' ? 32 : 128;
  // An embedded IPv4 address has the prefix of the IPv6 address that it was written in.
  const embedded = base.includes(':') && family === 'inet' ? 96 : 0;
  const prefix = digits === undefined ? width : Number(digits) - embedded;
  if (prefix < 0 || prefix > width) return undefined;
  const rest = BigInt(width - prefix);
  const bits = toBits(address) >> rest;
  const first = fromBits(bits << rest, family);
  return {
    family,
    address: first,
    prefix,
    text: `${first}/${prefix}`,
    has: (other) => familyOf(other) === family && toBits(other) >> rest === bits,
  };
}

function toBits(address: string): bigint {
  if (!address.includes(':')) return address.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
  const hex = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts) => {
    const [a, b, c, d] = parts.map(Number) as [number, number, number, number];
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [head = [], tail = []] = hex.split('::').map((words) => words.split(':').filter(Boolean));
  const zeros = new Array<string>(hex.includes('::') ? 8 - head.length - tail.length : 0).fill('0');
  return [...head, ...zeros, ...tail].reduce((bits, word) => (bits << 16n) | BigInt(`0x${word}`), 0n);
}

function fromBits(bits: bigint, family: AddressFamily): string {
  if (family === 'inet') return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join('.');
  const words = Array.from({ length: 8 }, (_, i) => ((bits >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  return new SocketAddress({ address: words.join(':'), family: 'ipv6' }).address;
}
