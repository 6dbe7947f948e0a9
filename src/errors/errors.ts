import { inspect } from 'node:util';
import { errnoName } from './errno.ts';

/** Base of every error of this package. Branch on `code`, which is stable; messages are for people. */
export abstract class NetlinkError extends Error {
  /** Stable name of what went wrong. */
  abstract readonly code: string;
}

/** What the kernel said when it refused a request. */
export interface Refusal {
  /** Positive errno. */
  readonly errno: number;
  /** The kernel's own words, from the extended ack (`NLMSGERR_ATTR_MSG`). */
  readonly detail?: string;
  /** Offset of the offending attribute in the request (`NLMSGERR_ATTR_OFFS`). */
  readonly offset?: number;
}

/** What a {@link KernelError} tells beside its message. */
export interface KernelErrorFields {
  /** Positive errno. */
  readonly errno: number;
  /** The refused request, by the kernel's name of its command: `'IPVS_CMD_DEL_SERVICE'`. */
  readonly request: string;
  /** The kernel's own words, from the extended ack. */
  readonly detail?: string | undefined;
  /** The attribute that the extended ack points at: `'service.port'`. */
  readonly path?: string | undefined;
}

/** The kernel refused a request. `code` is the errno's name, `'ESRCH'`. */
export class KernelError extends NetlinkError {
  override readonly code: string;
  /** Positive errno. */
  readonly errno: number;
  /** The refused request, by the kernel's name of its command: `'IPVS_CMD_DEL_SERVICE'`. */
  readonly request: string;
  /** The kernel's own words, from the extended ack, where it gave any. */
  readonly detail: string | undefined;
  /** The attribute that the extended ack points at, where it does: `'service.port'`. */
  readonly path: string | undefined;

  constructor(fields: KernelErrorFields, message?: string) {
    super(message ?? kernelMessage(fields));
    this.code = errnoName(fields.errno);
    this.errno = fields.errno;
    this.request = fields.request;
    this.detail = fields.detail;
    this.path = fields.path;
  }
}

function kernelMessage({ request, errno, detail, path }: KernelErrorFields): string {
  return `${request}: ${[errnoName(errno), path, detail].filter(Boolean).join(': ')}`;
}

/** A value that cannot be sent. Nothing was sent; `path` names the field, `rule` says what it must be. */
export class InputError extends NetlinkError {
  override readonly code = 'ERR_NETLINK_INPUT';
  /** The field, from the outside in: `'service.port'`. Empty when the value itself is meant. */
  readonly path: string;
  /** The value that was given. */
  readonly value: unknown;
  /** What the value must be: `'must be an integer from 0 to 65535'`. */
  readonly rule: string;

  constructor(rule: string, value: unknown, path = '') {
    super(
      `${path || 'value'} ${rule}, got ${inspect(value, { depth: 1, breakLength: Infinity, maxStringLength: 80 })}`,
    );
    this.rule = rule;
    this.value = value;
    this.path = path;
  }

  /** The same error seen from outside: `port` becomes `service.port`. */
  within(field: string): InputError {
    return new InputError(this.rule, this.value, join(field, this.path));
  }
}

/** Bytes that the tables cannot read. `path` names the attribute. */
export class WireError extends NetlinkError {
  override readonly code = 'ERR_NETLINK_WIRE';
  /** The attribute, from the outside in: `'service.port'`. Empty when the message itself is meant. */
  readonly path: string;
  /** What is wrong with the bytes. */
  readonly problem: string;

  constructor(problem: string, path = '') {
    super(path ? `${path}: ${problem}` : problem);
    this.problem = problem;
    this.path = path;
  }

  /** The same error seen from outside: `port` becomes `service.port`. */
  within(field: string): WireError {
    return new WireError(this.problem, join(field, this.path));
  }
}

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
export class TransportError extends NetlinkError {
  override readonly code: TransportCode;
  /** The system call that failed, where it was one: `'sendto'`. */
  readonly syscall: string | undefined;
  /** Positive errno of that system call. */
  readonly errno: number | undefined;

  constructor(
    code: TransportCode,
    message: string,
    options: { syscall?: string; errno?: number; cause?: unknown } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.syscall = options.syscall;
    this.errno = options.errno;
  }
}

// On the prototype, so that the name does not show as a property of every error.
for (const [name, type] of Object.entries({ KernelError, InputError, WireError, TransportError }))
  Object.defineProperty(type.prototype, 'name', { value: name, configurable: true });

function join(outer: string, inner: string): string {
  return inner ? `${outer}.${inner}` : outer;
}
