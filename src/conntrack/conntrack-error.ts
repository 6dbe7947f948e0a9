import { KernelError } from '../errors/kernel-error.ts';
import { nameClass } from '../errors/library-error.ts';

/** The meaning of a refusal by the kernel. */
export type ConntrackReason = 'no-such-flow' | 'not-permitted' | 'not-supported' | 'invalid' | 'other';

/** Meanings of errnos (net/netfilter/nfnetlink.c, nf_conntrack_netlink.c), and the words for them in a message. */
const reasons: Readonly<Record<string, readonly [reason: ConntrackReason, words: string]>> = {
  ENOENT: ['no-such-flow', 'no such flow'],
  EPERM: ['not-permitted', 'requires CAP_NET_ADMIN'],
  EINVAL: ['not-supported', 'this kernel has no connection tracking and could not load its module, or refused a value'],
  EOPNOTSUPP: ['not-supported', 'this kernel does not know the command'],
  EBUSY: ['other', 'another listing is under way on the same socket, or the flow is in use'],
  ENOMEM: ['other', 'the kernel is out of memory'],
  ENOBUFS: ['other', 'the kernel is out of memory, or found no room for its answer'],
};

/** The kernel refused a command of ctnetlink. Branch on `reason`. */
export class ConntrackError extends KernelError {
  /** Meaning of the refusal. */
  readonly reason: ConntrackReason;

  constructor(refusal: KernelError, action: string) {
    const [reason, words] = reasons[refusal.code] ?? (['other', 'the kernel refused'] as const);
    const said = [refusal.code, refusal.path, refusal.detail].filter(Boolean).join(', ');
    super(refusal, `Cannot ${action}: ${words} (${said})`);
    this.reason = reason;
  }
}

nameClass(ConntrackError, 'ConntrackError');
