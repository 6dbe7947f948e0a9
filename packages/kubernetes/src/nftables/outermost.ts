import { BlockList } from 'node:net';
import type { Network } from '../objects/address.ts';

const versions = { inet: 'ipv4', inet6: 'ipv6' } as const;

/**
 * The networks that no other one contains, each once: the kernel refuses the others, or merges them, so that they would not
 * be found again.
 */
export function outermost(networks: readonly Network[]): Network[] {
  const kept: Network[] = [];
  // One for each family, since a list takes an IPv4 address for the IPv6 address that maps it.
  const lists = { inet: new BlockList(), inet6: new BlockList() };
  for (const network of [...networks].sort((a, b) => a.prefix - b.prefix)) {
    const { family, address, prefix } = network;
    if (lists[family].check(address, versions[family])) continue;
    lists[family].addSubnet(address, prefix, versions[family]);
    kept.push(network);
  }
  return kept;
}
