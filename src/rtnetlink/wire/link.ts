import { optional, struct, table, text, u8, u32 } from '../../netlink/index.ts';
import { hardwareAddress } from './hardware-address.ts';

/** `struct ifinfomsg`, include/uapi/linux/rtnetlink.h. */
export const ifinfomsg = struct('ifinfomsg', {
  ifi_family: 'u8',
  ifi_pad: 'u8',
  ifi_type: 'u16',
  ifi_index: 's32',
  ifi_flags: 'u32',
  ifi_change: 'u32',
});

/** Attributes of what kind a link is (`IFLA_INFO_*`, include/uapi/linux/if_link.h). */
export const linkInfo = table('link information', {
  kind: optional(1, text(63)),
});

/** Attributes of a link (`IFLA_*`, include/uapi/linux/if_link.h). */
export const link = table('link', {
  address: optional(1, hardwareAddress),
  name: optional(3, text(15)),
  mtu: optional(4, u32),
  operstate: optional(16, u8),
  info: optional(18, linkInfo),
  /** In requests: `RTEXT_FILTER_*`. */
  extensions: optional(29, u32),
});

/** Counters are left out of the answer (include/uapi/linux/rtnetlink.h). */
export const RTEXT_FILTER_SKIP_STATS = 8;

/** `IFF_*`, include/uapi/linux/if.h. */
export const IFF = {
  UP: 0x1,
  BROADCAST: 0x2,
  DEBUG: 0x4,
  LOOPBACK: 0x8,
  POINTOPOINT: 0x10,
  NOTRAILERS: 0x20,
  RUNNING: 0x40,
  NOARP: 0x80,
  PROMISC: 0x100,
  ALLMULTI: 0x200,
  MASTER: 0x400,
  SLAVE: 0x800,
  MULTICAST: 0x1000,
  PORTSEL: 0x2000,
  AUTOMEDIA: 0x4000,
  DYNAMIC: 0x8000,
  LOWER_UP: 0x10000,
  DORMANT: 0x20000,
  ECHO: 0x40000,
} as const;
