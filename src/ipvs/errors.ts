import { KernelError } from '../netlink/index.ts';

/** What a refusal by the kernel means. */
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

/** The kernel refused an IPVS command. Branch on `reason`. */
export class IpvsError extends KernelError {
  /** What the refusal means. */
  readonly reason: IpvsReason;

  constructor(refusal: KernelError, action: string) {
    const { reason, words } = explain(refusal.request, refusal.code);
    const where = [refusal.path, refusal.detail].filter(Boolean).join(': ');
    super(refusal, `Cannot ${action}: ${words} (${[refusal.code, where].filter(Boolean).join(', ')})`);
    this.reason = reason;
  }
}
// On the prototype, so that the name does not show as a property of every error.
Object.defineProperty(IpvsError.prototype, 'name', { value: 'IpvsError', configurable: true });

type Explanation = readonly [reason: IpvsReason, words: string];

const noService: Explanation = ['no-such-service', 'no such service'];
const noScheduler: Explanation = ['no-such-scheduler', 'no such scheduler or persistence engine'];
const noDestination: Explanation = ['no-such-destination', 'no such destination'];

const service: Readonly<Record<string, Explanation>> = {
  EINVAL: ['invalid', 'the kernel takes the scheduler or a value for invalid'],
  ENOENT: noScheduler,
  ESRCH: noService,
};

const destination: Readonly<Record<string, Explanation>> = {
  EINVAL: [
    'invalid',
    'the address is no unicast address or the loopback interface of this network namespace was never up; ' +
      'or it is of another family than the service while a sync daemon runs',
  ],
  ENOENT: noDestination,
  ERANGE: ['invalid', 'the weight or a threshold is out of range'],
  ESRCH: noService,
};

const daemon: Readonly<Record<string, Explanation>> = {
  EEXIST: ['daemon-exists', 'it is already running'],
  EINVAL: ['invalid', 'a sync daemon cannot run beside destinations of another family than their service'],
  ENODEV: ['no-such-interface', 'no such network interface'],
  ENETUNREACH: ['invalid', 'the network interface has no route to the multicast group'],
  ESRCH: ['no-such-daemon', 'it is not running'],
};

/** What an errno means after each command; the kernel uses the same ones for different things. */
const byCommand: Readonly<Record<string, Readonly<Record<string, Explanation>>>> = {
  IPVS_CMD_NEW_SERVICE: { ...service, EEXIST: ['service-exists', 'the service exists already'] },
  IPVS_CMD_SET_SERVICE: service,
  IPVS_CMD_DEL_SERVICE: service,
  IPVS_CMD_GET_SERVICE: service,
  IPVS_CMD_NEW_DEST: { ...destination, EEXIST: ['destination-exists', 'the service has this destination already'] },
  IPVS_CMD_SET_DEST: destination,
  IPVS_CMD_DEL_DEST: destination,
  IPVS_CMD_NEW_DAEMON: daemon,
  IPVS_CMD_DEL_DAEMON: daemon,
  IPVS_CMD_SET_CONFIG: { EINVAL: ['invalid', 'a timeout is larger than this kernel can count (INT_MAX / HZ seconds)'] },
  IPVS_CMD_ZERO: service,
};

const byErrno: Readonly<Record<string, Explanation>> = {
  EPERM: ['not-permitted', 'it takes CAP_NET_ADMIN in the initial user namespace'],
  EACCES: ['not-permitted', 'it takes CAP_NET_ADMIN in the initial user namespace'],
  EAFNOSUPPORT: ['not-supported', 'this kernel has no IPVS for the address family'],
  EOPNOTSUPP: ['not-supported', 'this kernel does not know the command'],
  EINVAL: ['invalid', 'the kernel takes the request for invalid'],
  ERANGE: ['invalid', 'a value is out of range'],
  ENOMEM: ['other', 'the kernel is out of memory'],
};

function explain(command: string, code: string): { reason: IpvsReason; words: string } {
  const [reason, words] = byCommand[command]?.[code] ?? byErrno[code] ?? ['other', 'the kernel refused'];
  return { reason, words };
}
