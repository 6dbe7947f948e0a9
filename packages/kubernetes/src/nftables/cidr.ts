import { BlockList, isIP, SocketAddress } from 'node:net';

/** A block of addresses: `'10.244.0.0/16'`, or one address alone. */
export interface Cidr {
  readonly address: string;
  readonly length: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** A block of addresses; undefined for text that is none. */
export function parseCidr(text: string): Cidr | undefined {
  const [, address = '', digits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0) return undefined;
  const longest = version === 4 ? 32 : 128;
  const length = digits === undefined ? longest : Number(digits);
  return length > longest ? undefined : { address, length, family: version === 4 ? 'ipv4' : 'ipv6' };
}

/**
 * The blocks that no other block contains, each once: the kernel refuses the others, or merges them, so that they would not
 * be found again.
 */
export function outermost(cidrs: readonly Cidr[]): Cidr[] {
  const kept: Cidr[] = [];
  // One for each family, since a list takes an IPv4 address for the IPv6 address that maps it.
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const cidr of [...cidrs].sort((a, b) => a.length - b.length)) {
    const blocks = lists[cidr.family];
    if (blocks.check(cidr.address, cidr.family)) continue;
    blocks.addSubnet(cidr.address, cidr.length, cidr.family);
    kept.push(cidr);
  }
  return kept;
}

/** An address as inet_ntop(3) writes it, and nft shows it. */
export function canonicalAddress(address: string): string {
  return address.includes(':') ? new SocketAddress({ address, family: 'ipv6' }).address : address;
}

/** The first address of a block. */
export function networkOf(address: string, length: number): string {
  if (!address.includes(':')) {
    const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    const network = length === 0 ? 0 : (number & (-1 << (32 - length))) >>> 0;
    return [24, 16, 8, 0].map((shift) => (network >>> shift) & 255).join('.');
  }
  const words = wordsOf(canonicalAddress(address)).map((word, i) => {
    const bits = Math.min(16, Math.max(0, length - 16 * i));
    return word & (0xffff << (16 - bits)) & 0xffff;
  });
  return canonicalAddress(words.map((word) => word.toString(16)).join(':'));
}

/** The eight words of an IPv6 address. */
function wordsOf(address: string): number[] {
  const hex = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((word) => word.toString(16)).join(':'),
  );
  const [head = '', tail] = hex.split('::');
  const words = (text: string | undefined) => (text ? text.split(':').map((word) => Number.parseInt(word, 16)) : []);
  const [first, last] = [words(head), words(tail)];
  return tail === undefined ? first : [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
}
