import { unionAddress } from '../../netlink/codec/address.ts';
import { type Codec, optional, struct, structOf, table, text, u8, u32 } from '../../netlink/index.ts';

/** `struct ifaddrmsg`, include/uapi/linux/if_addr.h. */
export const ifaddrmsg = struct('ifaddrmsg', {
  ifa_family: 'u8',
  ifa_prefixlen: 'u8',
  ifa_flags: 'u8',
  ifa_scope: 'u8',
  ifa_index: 'u32',
});

/** `struct ifa_cacheinfo`, include/uapi/linux/if_addr.h: lifetimes in seconds, times in hundredths of one since boot. */
export const ifa_cacheinfo = struct('ifa_cacheinfo', {
  ifa_prefered: 'u32',
  ifa_valid: 'u32',
  cstamp: 'u32',
  tstamp: 'u32',
});

/** A lifetime without an end (include/net/addrconf.h, INFINITY_LIFE_TIME). */
export const INFINITY_LIFE_TIME = 0xffff_ffff;

/** An address of IPv4 or IPv6; of other families, whose addresses a listing has as well, shorter ones are passed over. */
const internetAddress: Codec<string | undefined> = {
  name: unionAddress.name,
  read: (from, at, length, siblings) => (length < 4 ? undefined : unionAddress.read(from, at, length, siblings)),
  write: (to, value, siblings) => unionAddress.write(to, value ?? '', siblings),
};

/** Attributes of an address (`IFA_*`, include/uapi/linux/if_addr.h). */
export const address = table('address', {
  /** The address itself for IPv6, the other end's for IPv4 and where there is one. */
  address: optional(1, internetAddress),
  local: optional(2, internetAddress),
  label: optional(3, text(15)),
  broadcast: optional(4, internetAddress),
  cacheInfo: optional(6, structOf(ifa_cacheinfo)),
  flags: optional(8, u32),
  metric: optional(9, u32),
  protocol: optional(11, u8),
});

/** `IFA_F_*`, include/uapi/linux/if_addr.h. */
export const IFA_F = {
  SECONDARY: 0x1,
  NODAD: 0x2,
  OPTIMISTIC: 0x4,
  DADFAILED: 0x8,
  HOMEADDRESS: 0x10,
  DEPRECATED: 0x20,
  TENTATIVE: 0x40,
  PERMANENT: 0x80,
  MANAGETEMPADDR: 0x100,
  NOPREFIXROUTE: 0x200,
  MCAUTOJOIN: 0x400,
  STABLE_PRIVACY: 0x800,
} as const;

/** Address families (include/linux/socket.h). */
export const AF_UNSPEC = 0;
export const AF_INET = 2;
export const AF_INET6 = 10;

/** `RT_SCOPE_*`, include/uapi/linux/rtnetlink.h, as `ip address` names them. */
export const scopes = { global: 0, site: 200, link: 253, host: 254, nowhere: 255 } as const;
