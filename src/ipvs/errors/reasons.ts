/** The meaning of a refusal by the kernel. */
export type IpvsReason =
  | 'no-such-service'
  | 'service-exists'
  | 'no-such-destination'
  | 'destination-exists'
  /** No such scheduler, or no such persistence engine: the kernel does not say which. */
  | 'no-such-scheduler'
  | 'no-such-daemon'
  | 'daemon-exists'
  | 'no-such-interface'
  | 'not-permitted'
  | 'not-supported'
  | 'invalid'
  | 'other';

/** A reason, and the words for it in a message: where one errno has many causes, the likely ones. */
export type Explanation = readonly [reason: IpvsReason, words: string];

const noService: Explanation = ['no-such-service', 'no such service'];
const noFamily: Explanation = ['not-supported', 'this kernel has no IPVS for the address family'];

/** The commands that name a service (`ip_vs_genl_parse_service`, `ip_vs_genl_set_cmd`). */
const byService: Readonly<Record<string, Explanation>> = {
  EINVAL: ['invalid', 'the request is incomplete'],
  EAFNOSUPPORT: noFamily,
  ESRCH: noService,
};

/** The commands that set a service up (`ip_vs_add_service`, `ip_vs_edit_service`). */
const setupService: Readonly<Record<string, Explanation>> = {
  EAFNOSUPPORT: noFamily,
  EINVAL: [
    'invalid',
    'the prefix length of an IPv6 service is not 1 to 128, the scheduler refuses the service (mh with more than 4093 ' +
      'destinations), or the request is incomplete',
  ],
  ENOENT: ['no-such-scheduler', 'no such scheduler or persistence engine'],
};

/** The commands that set a destination up (`ip_vs_genl_set_cmd`, `ip_vs_add_dest`, `ip_vs_edit_dest`). */
const setupDestination: Readonly<Record<string, Explanation>> = {
  ...byService,
  EINVAL: [
    'invalid',
    'the destination is of another family than its service while a sync daemon runs or without a tunnel, or the request ' +
      'is incomplete',
  ],
  ERANGE: ['invalid', 'the weight is above 2147483647, or the lower threshold above the upper one'],
};

const noDestination: Explanation = ['no-such-destination', 'no such destination'];

/** Meanings of errnos by command: the kernel uses the same errno for different things. */
export const reasons: Readonly<Record<string, Readonly<Record<string, Explanation>>>> = {
  IPVS_CMD_NEW_SERVICE: { ...setupService, EEXIST: ['service-exists', 'the service exists already'] },
  IPVS_CMD_SET_SERVICE: { ...setupService, ESRCH: noService },
  IPVS_CMD_DEL_SERVICE: byService,
  IPVS_CMD_GET_SERVICE: byService,
  IPVS_CMD_ZERO: byService,
  IPVS_CMD_NEW_DEST: {
    ...setupDestination,
    EINVAL: [
      'invalid',
      'the address is not unicast, or the loopback interface of this network namespace was never up, or the ' +
        'destination is of another family than its service while a sync daemon runs',
    ],
    EEXIST: ['destination-exists', 'the service has this destination already'],
  },
  IPVS_CMD_SET_DEST: { ...setupDestination, ENOENT: noDestination },
  IPVS_CMD_DEL_DEST: { ...byService, ENOENT: noDestination },
  IPVS_CMD_NEW_DAEMON: {
    EEXIST: ['daemon-exists', 'it is already running'],
    EINVAL: ['invalid', 'no sync daemon runs while there are destinations of another family than their service'],
    ENODEV: ['no-such-interface', 'no such network interface'],
    ENETUNREACH: ['invalid', 'the network interface is down or has no route to the multicast group'],
  },
  IPVS_CMD_DEL_DAEMON: {
    EINVAL: ['invalid', 'the request is incomplete'],
    ESRCH: ['no-such-daemon', 'it is not running'],
  },
  IPVS_CMD_SET_CONFIG: {
    EINVAL: ['invalid', 'a timeout is larger than this kernel can count (INT_MAX / HZ seconds)'],
  },
};

/** Meanings of errnos after any command. */
export const commonReasons: Readonly<Record<string, Explanation>> = {
  EPERM: ['not-permitted', 'requires CAP_NET_ADMIN in the initial user namespace'],
  EOPNOTSUPP: ['not-supported', 'this kernel does not know the command'],
  ENOPROTOOPT: ['other', 'the kernel is unloading IPVS'],
  ENOMEM: ['other', 'the kernel is out of memory'],
  EBUSY: ['other', 'another listing is under way on the same socket'],
  EAGAIN: ['other', 'the kernel found no room for its answer'],
  ENOBUFS: ['other', 'the kernel found no room for its answer'],
  ERANGE: ['invalid', 'an attribute is too short'],
};

/** The meaning of a refusal, with its words. */
export function reasonFor(command: string, code: string): Explanation {
  return reasons[command]?.[code] ?? commonReasons[code] ?? ['other', 'the kernel refused'];
}
