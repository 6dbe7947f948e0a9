import { NLM_F_ACK_TLVS, NLM_F_MULTI, NLMSG_DONE } from '../../netlink/codec/constants.ts';
import { WriteBuffer } from '../../netlink/index.ts';
import { hasSaid, putErrno, putExtendedAck } from './acknowledge.ts';
import type { ExtendedAck } from './attributes.ts';
import type { KernelFamily, KernelOperation } from './family.ts';
import { putGenericHeader, putMessage } from './reply.ts';
import type { Request } from './request.ts';

/** The least that a chunk has room for: a page less what the kernel keeps with it (NLMSG_GOODSIZE). */
const SMALLEST_CHUNK = 4096 - 320;
/** The most, however large the buffers that were offered. */
const LARGEST_CHUNK = 32768 - 320;

/** Room in a chunk, by the largest buffer ever offered on the socket (net/netlink/af_netlink.c, netlink_dump). */
export function chunkSize(largestBuffer: number): number {
  return Math.max(SMALLEST_CHUNK, Math.min(largestBuffer, LARGEST_CHUNK));
}

/** A listing under way. It remembers only how many entries it has sent, so changes meanwhile shift it. */
export class Dump {
  readonly #family: KernelFamily;
  readonly #list: NonNullable<KernelOperation['dump']>;
  readonly #request: Request;
  readonly #pid: number;
  readonly #extAck: boolean;
  #cursor = 0;
  /** True once NLMSG_DONE was sent. */
  done = false;

  constructor(
    family: KernelFamily,
    list: NonNullable<KernelOperation['dump']>,
    request: Request,
    pid: number,
    extAck: boolean,
  ) {
    this.#family = family;
    this.#list = list;
    this.#request = request;
    this.#pid = pid;
    this.#extAck = extAck;
  }

  /** The next datagram: as many entries as fit `room`, or the end, which always comes alone. */
  next(room: number): Uint8Array {
    const to = new WriteBuffer(room);
    const ack: ExtendedAck = {};
    const { command, entries, fill } = this.#list(this.#request, ack);
    const { seq } = this.#request;
    const { id: type, version } = this.#family;
    for (; this.#cursor < entries.length; this.#cursor++) {
      const start = to.at;
      putMessage(to, { type, flags: NLM_F_MULTI, seq, pid: this.#pid }, () => {
        putGenericHeader(to, command, version);
        fill(to, entries[this.#cursor]);
      });
      if (to.at <= room) continue;
      to.at = start;
      break;
    }
    if (to.at === 0) this.#end(to, ack);
    return to.written();
  }

  #end(to: WriteBuffer, ack: ExtendedAck): void {
    const told = this.#extAck && hasSaid(ack);
    const flags = NLM_F_MULTI | (told ? NLM_F_ACK_TLVS : 0);
    putMessage(to, { type: NLMSG_DONE, flags, seq: this.#request.seq, pid: this.#pid }, () => {
      putErrno(to, 0);
      if (told) putExtendedAck(to, ack, false);
    });
    this.done = true;
  }
}
