import type { KernelError } from '../../errors/kernel-error.ts';
import type { RawMessage } from '../../netlink/index.ts';
import type { address, ifaddrmsg } from '../wire/address.ts';
import type { ifinfomsg, link } from '../wire/link.ts';
import { RtnetlinkError } from './rtnetlink-error.ts';

type LinkMessage = RawMessage<(typeof link)['rows'], (typeof ifinfomsg)['members']>;
type AddressMessage = RawMessage<(typeof address)['rows'], (typeof ifaddrmsg)['members']>;

const linkVerbs: Readonly<Record<string, string>> = { RTM_NEWLINK: 'add', RTM_DELLINK: 'remove' };
const addressVerbs: Readonly<Record<string, readonly [verb: string, preposition: string]>> = {
  RTM_NEWADDR: ['add', 'to'],
  RTM_DELADDR: ['remove', 'from'],
};

/** For the commands on links. */
export const linkErrors = {
  mapError(refusal: KernelError, { attributes: { name, info } }: LinkMessage): RtnetlinkError {
    if (name === undefined) return new RtnetlinkError(refusal, 'list the links');
    const kind = info?.kind === undefined ? '' : `${info.kind} `;
    return new RtnetlinkError(refusal, `${linkVerbs[refusal.request] ?? 'read'} ${kind}link ${name}`);
  },
};

/** For the commands on addresses. */
export const addressErrors = {
  mapError(refusal: KernelError, { header, attributes: { address, local } }: AddressMessage): RtnetlinkError {
    const [verb, preposition] = addressVerbs[refusal.request] ?? [];
    if (local === undefined) return new RtnetlinkError(refusal, 'list the addresses');
    const peer = address === undefined || address === local ? '' : ` peer ${address}`;
    const name = `address ${local}${peer}/${header.ifa_prefixlen}`;
    return new RtnetlinkError(refusal, `${verb} ${name} ${preposition} link ${header.ifa_index}`);
  },
};
