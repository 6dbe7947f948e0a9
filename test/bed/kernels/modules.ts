import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Modules the guest has; init loads the first ones, the kernel asks for all others when it needs them. */
const wanted = [
  /^(virtio_pci|virtio_console|9pnet_virtio|9p|overlay|nlmon|dummy|veth|af_packet|sctp)$/,
  /^ip_vs/,
  /^crc32c/, // conntrack sums with it, and asks for it by name
  /^(ipip|ip_gre|sit|ip6_tunnel|ip6_gre|fou6?|ipv6|bridge)$/,
  /^(sctp|hmac)$/, // cookies of SCTP are signed
  /^(iptable|ip6table)_(filter|mangle|nat)$/,
  /^nft_(compat|counter|ct|nat|chain_nat|masq|numgen|reject|reject_ipv[46])$/,
  /^xt_(mark|ipvs|conntrack|comment|statistic|nat|tcpudp|MASQUERADE)$/,
  /^(nf_tables|nf_conntrack(_netlink)?)$/,
];

/** The files of the wanted modules and of all they depend on, relative to `folder`, which holds modules.dep. */
export async function moduleFiles(folder: string): Promise<string[]> {
  const lines = (await readFile(join(folder, 'modules.dep'), 'utf8')).trim().split('\n');
  const chosen = lines
    .map((line) => line.split(/:? /).map((file) => file.replace(/:$/, '')))
    .filter(([file = '']) => wanted.some((pattern) => pattern.test(moduleName(file))));
  return [...new Set(chosen.flat())];
}

function moduleName(file: string): string {
  return basename(file)
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_');
}
