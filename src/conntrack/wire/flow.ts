import { inet4, inet6 } from '../../netlink/codec/address.ts';
import { be16, be32, optional, struct, table, u8, u32 } from '../../netlink/index.ts';

/** `struct nfgenmsg`, include/uapi/linux/netfilter/nfnetlink.h; `res_id` is 0 here, so that its byte order has no say. */
export const nfgenmsg = struct('nfgenmsg', { nfgen_family: 'u8', version: 'u8', res_id: 'u16' });

/** `enum ctattr_ip`, include/uapi/linux/netfilter/nfnetlink_conntrack.h. */
const addresses = table('addresses', {
  source: optional(1, inet4),
  destination: optional(2, inet4),
  source6: optional(3, inet6),
  destination6: optional(4, inet6),
});

/** `enum ctattr_l4proto`. */
const transport = table('transport', {
  protocol: optional(1, u8),
  sourcePort: optional(2, be16),
  destinationPort: optional(3, be16),
  icmpId: optional(4, be16),
  icmpType: optional(5, u8),
  icmpCode: optional(6, u8),
  icmp6Id: optional(7, be16),
  icmp6Type: optional(8, u8),
  icmp6Code: optional(9, u8),
});

/** `enum ctattr_tuple`. */
export const tuple = table('tuple', {
  addresses: optional(1, addresses),
  transport: optional(2, transport),
  zone: optional(3, be16),
});

/** `enum ctattr_filter`: the fields of a tuple that a listing is to match, as `CTA_FILTER_F_*`. */
const filter = table('filter', { original: optional(1, u32), reply: optional(2, u32) });

/** The protocol and the ports of a tuple (net/netfilter/nf_internals.h). */
export const CTA_FILTER_F = { PROTO_NUM: 1 << 3, PROTO_DST_PORT: 1 << 5 } as const;

/** `enum ctattr_type`, as far as it is read. */
export const flow = table('flow', {
  original: optional(1, tuple),
  reply: optional(2, tuple),
  status: optional(3, be32),
  timeout: optional(7, be32),
  mark: optional(8, be32),
  id: optional(12, be32),
  zone: optional(18, be16),
  filter: optional(25, filter),
});

/** Transport protocols (include/uapi/linux/in.h). */
export const protocols = { icmp: 1, tcp: 6, udp: 17, dccp: 33, gre: 47, icmpv6: 58, sctp: 132, udplite: 136 } as const;

/** Address families (include/linux/socket.h). */
export const families = { inet: 2, inet6: 10 } as const;
