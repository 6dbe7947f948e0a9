import type { WriteBuffer } from '../../netlink/index.ts';
import { text, u8, u32 } from '../../netlink/index.ts';
import { writeHeader } from '../../netlink/raw/header.ts';
import { commands } from '../../rtnetlink/wire/commands.ts';
import { hardwareAddress } from '../../rtnetlink/wire/hardware-address.ts';
import { IFF, ifinfomsg, linkInfo, link as linkTable } from '../../rtnetlink/wire/link.ts';
import { binary, integer, nested, nulString } from '../netlink/attribute-policy.ts';
import { policy } from '../netlink/attributes.ts';
import type { Message, MessageListing } from '../netlink/protocol.ts';
import { Refused } from '../netlink/refused.ts';
import { nest, put } from '../netlink/reply.ts';
import type { Request } from '../netlink/request.ts';
import type { Network } from '../state/network.ts';
import type { NetworkLink } from '../state/network-link.ts';

/** Hardware types (include/uapi/linux/if_arp.h). */
const ARPHRD_ETHER = 1;
const ARPHRD_LOOPBACK = 772;
const ETH_ALEN = 6;

/** `IF_OPER_*`, include/uapi/linux/if.h. */
const IF_OPER_UNKNOWN = 0;
const IF_OPER_DOWN = 2;

/** What `ifi_flags` can change; the others follow from the state of the link (net/core/dev.c, __dev_change_flags). */
const CHANGEABLE =
  IFF.UP |
  IFF.DEBUG |
  IFF.NOTRAILERS |
  IFF.NOARP |
  IFF.DYNAMIC |
  IFF.MULTICAST |
  IFF.PORTSEL |
  IFF.AUTOMEDIA |
  IFF.PROMISC |
  IFF.ALLMULTI;

/** `ifla_policy` and `ifla_info_policy`, net/core/rtnetlink.c. */
const linkPolicy = policy(linkTable, {
  address: binary(32),
  name: nulString(15),
  mtu: integer(4),
  operstate: integer(1),
  info: nested,
  extensions: integer(4),
});
const infoPolicy = policy(linkInfo, { kind: nulString(63) });

/** Creates a dummy, the one kind that there is (net/core/rtnetlink.c, __rtnl_newlink; drivers/net/dummy.c). Throws Refused. */
export function newLink(network: Network, request: Request): undefined {
  const { ifi_flags, ifi_change } = request.header(ifinfomsg);
  const { name, mtu, address, info } = request.parse(linkPolicy);
  const kind = info?.nested(infoPolicy).kind?.text();
  const bytes = address?.bytes(address.length);
  if (kind === 'dummy' && bytes) validateAddress(bytes);
  if (find(network, request)) throw new Refused('EEXIST');
  if (!request.has(commands.newLink.flags)) throw new Refused('ENODEV');
  if (kind !== 'dummy') {
    request.ack.message = 'Unknown device type';
    throw new Refused('EOPNOTSUPP');
  }
  const asked = ifi_change === 0 ? ifi_flags : ifi_flags & ifi_change;
  const changed = (ifi_change === 0 ? (ifi_flags === 0 ? 0 : 0xffff_ffff) : ifi_change) & CHANGEABLE;
  network.addLink({
    name: name?.text() || nextName(network),
    kind,
    mtu: mtu?.u32() ?? 1500,
    flags: IFF.BROADCAST | (IFF.NOARP & ~changed) | (asked & changed),
    address: bytes,
  });
  return undefined;
}

/** dummy_validate. Throws Refused. */
function validateAddress(bytes: Buffer): void {
  if (bytes.length !== ETH_ALEN) throw new Refused('EINVAL');
  const [first = 0] = bytes;
  if ((first & 1) !== 0 || bytes.every((byte) => byte === 0)) throw new Refused('EADDRNOTAVAIL');
}

/** The name that the kernel gives to one without (net/core/dev.c, dev_alloc_name). */
function nextName(network: Network): string {
  let number = 0;
  while (network.link(`dummy${number}`)) number++;
  return `dummy${number}`;
}

/** net/core/rtnetlink.c, rtnl_dellink: `lo` has no operations that could remove it. Throws Refused. */
export function delLink(network: Network, request: Request): undefined {
  const link = existing(network, request);
  if (link.state.kind === undefined) throw new Refused('EOPNOTSUPP');
  network.removeLink(link);
  return undefined;
}

/** net/core/rtnetlink.c, rtnl_getlink. Throws Refused. */
export function getLink(network: Network, request: Request): Message {
  const link = existing(network, request);
  return { type: commands.getLink.replyType, fill: (to) => fillLink(to, link) };
}

/** net/core/rtnetlink.c, rtnl_dump_ifinfo. */
export function listLinks({ links, generation }: Network): MessageListing {
  return {
    type: commands.getLink.replyType,
    entries: links,
    fill: (to, link) => fillLink(to, link as NetworkLink),
    generation,
  };
}

/** The link that a request names, by index or else by name. Throws Refused. */
function existing(network: Network, request: Request): NetworkLink {
  const { name } = request.parse(linkPolicy);
  if (request.header(ifinfomsg).ifi_index <= 0 && !name) throw new Refused('EINVAL');
  const link = find(network, request);
  if (!link) throw new Refused('ENODEV');
  return link;
}

function find(network: Network, request: Request): NetworkLink | undefined {
  const { ifi_index } = request.header(ifinfomsg);
  return network.link(ifi_index > 0 ? ifi_index : (request.parse(linkPolicy).name?.text() ?? ''));
}

/** Part of what rtnl_fill_ifinfo writes: the attributes that the client reads. */
function fillLink(to: WriteBuffer, { state, up, loopback }: NetworkLink): void {
  const { rows } = linkTable;
  writeHeader(ifinfomsg, to, to.reserve(ifinfomsg.size), {
    ifi_type: loopback ? ARPHRD_LOOPBACK : ARPHRD_ETHER,
    ifi_index: state.index,
    ifi_flags: state.flags | (up ? IFF.RUNNING | IFF.LOWER_UP : 0),
  });
  put(to, rows.name, text(15), state.name);
  put(to, rows.operstate, u8, up ? IF_OPER_UNKNOWN : IF_OPER_DOWN);
  put(to, rows.mtu, u32, state.mtu);
  put(to, rows.address, hardwareAddress, state.address.toString('hex').replace(/..(?!$)/g, '$&:'));
  const { kind } = state;
  if (kind !== undefined) nest(to, rows.info, () => put(to, linkInfo.rows.kind, text(63), kind));
}
