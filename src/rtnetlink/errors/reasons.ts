/** The meaning of a refusal by the kernel. */
export type RtnetlinkReason =
  | 'no-such-link'
  | 'link-exists'
  | 'no-such-address'
  | 'address-exists'
  | 'not-permitted'
  | 'not-supported'
  | 'invalid'
  | 'other';

/** A reason, and the words for it in a message. */
export type Explanation = readonly [reason: RtnetlinkReason, words: string];

const noLink: Explanation = ['no-such-link', 'no such link'];

/** Meanings of errnos by command: net/core/rtnetlink.c, net/ipv4/devinet.c and net/ipv6/addrconf.c. */
const reasons: Readonly<Record<string, Readonly<Record<string, Explanation>>>> = {
  RTM_NEWLINK: {
    EEXIST: ['link-exists', 'there is a link of this name already'],
    EOPNOTSUPP: ['not-supported', 'this kernel has no links of this kind and could not load a module for them'],
    EINVAL: ['invalid', 'the kind does not take these settings'],
    EADDRNOTAVAIL: ['invalid', 'the link-layer address is not one of a single station'],
  },
  RTM_DELLINK: {
    ENODEV: noLink,
    EOPNOTSUPP: ['not-supported', 'a link of this kind cannot be removed'],
  },
  RTM_GETLINK: { ENODEV: noLink },
  RTM_NEWADDR: {
    EEXIST: ['address-exists', 'the link has this address already'],
    ENODEV: noLink,
    EACCES: ['not-supported', 'IPv6 is switched off on the link'],
    EADDRNOTAVAIL: ['invalid', 'a link cannot have this address'],
    EINVAL: ['invalid', 'the link has another address of this prefix with another scope, or cannot have this one'],
    EOPNOTSUPP: ['not-supported', 'this kernel does not have the address family'],
  },
  RTM_DELADDR: {
    EADDRNOTAVAIL: ['no-such-address', 'the link does not have this address'],
    ENODEV: noLink,
    ENXIO: ['no-such-address', 'the link has no IPv6 addresses'],
    EOPNOTSUPP: ['not-supported', 'this kernel does not have the address family'],
  },
};

/** Meanings of errnos after any command. */
const commonReasons: Readonly<Record<string, Explanation>> = {
  EPERM: ['not-permitted', 'requires CAP_NET_ADMIN'],
  EOPNOTSUPP: ['not-supported', 'this kernel does not know the command'],
  EINVAL: ['invalid', 'the kernel refused a value'],
  ERANGE: ['invalid', 'the kernel refused a value'],
  ENOMEM: ['other', 'the kernel is out of memory'],
  ENOBUFS: ['other', 'the kernel is out of memory, or found no room for its answer'],
  EBUSY: ['other', 'the link is busy, or another listing is under way on the same socket'],
};

/** The meaning of a refusal, with its words. */
export function reasonFor(command: string, code: string): Explanation {
  return reasons[command]?.[code] ?? commonReasons[code] ?? ['other', 'the kernel refused'];
}
