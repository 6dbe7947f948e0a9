import { IpvsLibraryError, nameClass } from './library-error.ts';

/** Why a {@link TransportError} was raised. */
export type TransportCode =
  /** The socket was closed. */
  | 'ERR_NETLINK_CLOSED'
  /** The kernel gave no answer in time. */
  | 'ERR_NETLINK_TIMEOUT'
  /** The receive buffer overran and answers were lost; what was asked may or may not have been done. */
  | 'ERR_NETLINK_OVERRUN'
  /** A datagram was larger than the receive buffer and was cut. */
  | 'ERR_NETLINK_TRUNCATED'
  /** A request that must have a reply was passed over without one. */
  | 'ERR_NETLINK_UNANSWERED'
  /** The kernel marked every attempt at a dump as inconsistent (NLM_F_DUMP_INTR). */
  | 'ERR_NETLINK_INTERRUPTED'
  /** A replayed conversation went another way than recorded. */
  | 'ERR_NETLINK_REPLAY'
  /** The kernel has no such generic netlink family and could not load it. */
  | 'ERR_NETLINK_NO_FAMILY'
  /** The network namespace cannot be entered. */
  | 'ERR_NETLINK_NETNS'
  /** This system has no netlink (not Linux), or the native binding cannot be loaded. */
  | 'ERR_NETLINK_UNSUPPORTED'
  /** A system call failed; `syscall` and `errno` say which and how. */
  | 'ERR_NETLINK_SYSTEM';

/** The request could not be carried to the kernel or its answer could not be carried back. */
export class TransportError extends IpvsLibraryError {
  override readonly code: TransportCode;
  // Declared only, so that what there is not is not printed.
  /** The system call that failed, where it was one: `'sendto'`. */
  declare readonly syscall?: string;
  /** Positive errno of that system call. */
  declare readonly errno?: number;

  constructor(
    code: TransportCode,
    message: string,
    options: { syscall?: string; errno?: number; cause?: unknown } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    if (options.syscall !== undefined) this.syscall = options.syscall;
    if (options.errno !== undefined) this.errno = options.errno;
  }
}

nameClass(TransportError, 'TransportError');
