import type { WriteBuffer } from '../../netlink/index.ts';
import type { ExtendedAck } from './attributes.ts';
import type { Request } from './request.ts';

/** A message that the kernel sends, but for its `nlmsghdr`. */
export interface Message {
  readonly type: number;
  /** Writes the protocol's header and the attributes. */
  fill(to: WriteBuffer): void;
}

/** The entries of a dump, each of which becomes a message. */
export interface MessageListing<T = unknown> {
  readonly type: number;
  readonly entries: readonly T[];
  /** Tells the entries of a listing apart that remembers which it has sent; missing for one that counts them. */
  idOf?(entry: T): unknown;
  fill(to: WriteBuffer, entry: T): void;
  /**
   * The number of the state that is listed; where it is another one than before, the kernel marks the dump as inconsistent
   * (include/net/netlink.h, nl_dump_check_consistent). Missing where it does not look.
   */
  readonly generation?: number | undefined;
}

/** What a request asks for, once it is found and allowed. */
export interface AdmittedCommand {
  /** The kernel's name: `'RTM_NEWADDR'`. */
  readonly name: string;
  /** Carries out a request; missing for what can only be listed. Throws Refused. */
  readonly perform?: ((request: Request) => Message | undefined) | undefined;
  /** Checks a request to list; missing where nothing is checked. Throws Refused. */
  readonly start?: ((request: Request) => void) | undefined;
  /** Lists; called for each chunk anew. Missing for what cannot be listed. */
  readonly dump?: ((request: Request, ack: ExtendedAck) => MessageListing) | undefined;
}

/** A request whose command is to be found. */
export interface Inquiry {
  /** Finds the command and checks that the caller may. Throws Refused. */
  admit(): AdmittedCommand;
  /** Takes note of the request, and of the errno that it was refused with. */
  note(refusal: string | undefined): void;
}

/** A netlink protocol of a fake kernel: what answers the messages of its sockets. */
export interface KernelProtocol {
  /** Bytes between `nlmsghdr` and the attributes of the messages that it takes. */
  headerSize(type: number): number;
  /** The errno that a whole datagram is refused with, in an answer to its first message; missing where none is. */
  refuseDatagram?(): string | undefined;
  /** Whom a request is for; undefined for one that is passed over. Throws Refused. */
  find(request: Request): Inquiry | undefined;
}
