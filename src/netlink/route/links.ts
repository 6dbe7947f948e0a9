import { u32 } from '../codec/scalar.ts';
import { struct } from '../codec/struct.ts';
import { optional, table } from '../codec/table.ts';
import { text } from '../codec/text.ts';
import { type RouteOperation, routeOperation } from './route-operation.ts';

/** `struct ifinfomsg`, include/uapi/linux/rtnetlink.h. */
export const ifinfomsg = struct('ifinfomsg', {
  ifi_family: 'u8',
  ifi_pad: 'u8',
  ifi_type: 'u16',
  ifi_index: 's32',
  ifi_flags: 'u32',
  ifi_change: 'u32',
});

/** Attributes of a network interface (`IFLA_*`, include/uapi/linux/if_link.h). */
export const link = table('link', {
  name: optional(3, text(15)),
  mtu: optional(4, u32),
});

/** Lists the network interfaces; takes no privilege (net/core/rtnetlink.c, rtnl_dump_ifinfo). */
export const getLink: RouteOperation<(typeof link)['rows'], (typeof link)['rows'], (typeof ifinfomsg)['members']> =
  routeOperation({ request: 18, reply: 16, name: 'RTM_GETLINK', header: ifinfomsg }, link, link);
