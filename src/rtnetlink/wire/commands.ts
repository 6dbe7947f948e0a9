import { NLM_F_CREATE, NLM_F_EXCL } from '../../netlink/codec/constants.ts';
import { rawOperation } from '../../netlink/index.ts';
import { address, ifaddrmsg } from './address.ts';
import { ifinfomsg, link } from './link.ts';

const links = { protocol: 'route', header: ifinfomsg } as const;
const addresses = { protocol: 'route', header: ifaddrmsg } as const;

/** The commands of rtnetlink (`RTM_*`, include/uapi/linux/rtnetlink.h). */
export const commands = {
  newLink: rawOperation({ ...links, request: 16, name: 'RTM_NEWLINK', flags: NLM_F_CREATE | NLM_F_EXCL }, link, link),
  delLink: rawOperation({ ...links, request: 17, name: 'RTM_DELLINK' }, link, link),
  getLink: rawOperation({ ...links, request: 18, reply: 16, name: 'RTM_GETLINK' }, link, link),
  newAddress: rawOperation(
    { ...addresses, request: 20, name: 'RTM_NEWADDR', flags: NLM_F_CREATE | NLM_F_EXCL },
    address,
    address,
  ),
  delAddress: rawOperation({ ...addresses, request: 21, name: 'RTM_DELADDR' }, address, address),
  getAddress: rawOperation({ ...addresses, request: 22, reply: 20, name: 'RTM_GETADDR' }, address, address),
} as const;
