import { NLM_F_DUMP } from '../../netlink/codec/constants.ts';
import type { RawOperation } from '../../netlink/index.ts';
import { AF_INET, AF_INET6, ifaddrmsg } from '../../rtnetlink/wire/address.ts';
import { commands } from '../../rtnetlink/wire/commands.ts';
import { ifinfomsg } from '../../rtnetlink/wire/link.ts';
import type { AdmittedCommand, KernelProtocol } from '../netlink/protocol.ts';
import { Refused } from '../netlink/refused.ts';
import type { Request } from '../netlink/request.ts';
import type { Network } from '../state/network.ts';
import { delAddress, listAddresses, newAddress } from './address-commands.ts';
import { delLink, getLink, listLinks, newLink } from './link-commands.ts';

/** What a request to rtnetlink finds there. */
export interface RouteContext {
  readonly capable: boolean;
  readonly network: Network;
}

/** Takes note of a request, by its command where it is known, and of how it was answered. */
export type NoteRaw = (operation: RawOperation | undefined, request: Request, refusal: string | undefined) => void;

/** One command, and what it does. */
interface RouteCommand extends Omit<AdmittedCommand, 'name'> {
  readonly operation: RawOperation;
  /** The families that carry it out themselves; missing where none is asked for. */
  readonly families?: readonly number[];
}

/** The largest type of a message (RTM_MAX), of which there are four to a kind. */
const RTM_MAX = 123;
const RTM_BASE = 16;
/** The kinds of a message (net/core/rtnetlink.h, enum rtnl_kinds): the third reads. */
const RTNL_KIND_GET = 2;

/** Links and addresses over rtnetlink (net/core/rtnetlink.c, rtnetlink_rcv_msg). */
export function routeProtocol({ capable, network }: RouteContext, note: NoteRaw): KernelProtocol {
  const inet = [AF_INET, AF_INET6];
  const known: readonly RouteCommand[] = [
    { operation: commands.newLink, perform: (request) => newLink(network, request) },
    { operation: commands.delLink, perform: (request) => delLink(network, request) },
    {
      operation: commands.getLink,
      perform: (request) => getLink(network, request),
      dump: () => listLinks(network),
    },
    { operation: commands.newAddress, families: inet, perform: (request) => newAddress(network, request) },
    { operation: commands.delAddress, families: inet, perform: (request) => delAddress(network, request) },
    { operation: commands.getAddress, dump: (request) => listAddresses(network, request) },
  ];
  return {
    headerSize: (type) => (type - RTM_BASE < 4 ? ifinfomsg.size : ifaddrmsg.size),
    find(request) {
      const { type } = request;
      if (type > RTM_MAX) throw new Refused('EOPNOTSUPP');
      if (!request.whole) return undefined;
      const command = known.find(({ operation }) => operation.command === type);
      return {
        admit() {
          const reads = (type - RTM_BASE) % 4 === RTNL_KIND_GET;
          if (!reads && !capable) throw new Refused('EPERM');
          const lists = reads && (request.flags & NLM_F_DUMP) !== 0;
          if (!command || !(lists ? command.dump : command.perform)) throw new Refused('EOPNOTSUPP');
          const { families, operation, ...handlers } = command;
          if (families && !families.includes(familyOf(request))) throw new Refused('EOPNOTSUPP');
          return { name: operation.name, ...handlers };
        },
        note: (refusal) => note(command?.operation, request, refusal),
      };
    },
  };
}

function familyOf(request: Request): number {
  return request.header(ifaddrmsg).ifa_family;
}
