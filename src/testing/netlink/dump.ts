import { NLM_F_ACK_TLVS, NLM_F_DUMP_INTR, NLM_F_MULTI, NLMSG_DONE } from '../../netlink/codec/constants.ts';
import { WriteBuffer } from '../../netlink/index.ts';
import { hasSaid, putErrno, putExtendedAck } from './acknowledge.ts';
import type { ExtendedAck } from './attributes.ts';
import type { AdmittedCommand } from './protocol.ts';
import { putMessage } from './reply.ts';
import type { Request } from './request.ts';

/** The least that a chunk has room for: a page less what the kernel keeps with it (NLMSG_GOODSIZE). */
const SMALLEST_CHUNK = 4096 - 320;
/** The most, however large the buffers that were offered. */
const LARGEST_CHUNK = 32768 - 320;

/** Room in a chunk, by the largest buffer ever offered on the socket (net/netlink/af_netlink.c, netlink_dump). */
export function chunkSize(largestBuffer: number): number {
  return Math.max(SMALLEST_CHUNK, Math.min(largestBuffer, LARGEST_CHUNK));
}

/** A listing under way. Most remember only how many entries they have sent, so changes meanwhile shift them. */
export class Dump {
  readonly #list: NonNullable<AdmittedCommand['dump']>;
  readonly #request: Request;
  readonly #pid: number;
  readonly #extAck: boolean;
  #cursor = 0;
  /** The ids of what was sent, in a listing that remembers them. */
  readonly #sent = new Set<unknown>();
  /** The number of the state that the last message was made from. */
  #generation: number | undefined;
  /** True once NLMSG_DONE was sent. */
  done = false;

  constructor(list: NonNullable<AdmittedCommand['dump']>, request: Request, pid: number, extAck: boolean) {
    this.#list = list;
    this.#request = request;
    this.#pid = pid;
    this.#extAck = extAck;
  }

  /** The next datagram: as many entries as fit `room`, or the end, which always comes alone. */
  next(room: number): Uint8Array {
    const to = new WriteBuffer(room, this.#request.message.littleEndian);
    const ack: ExtendedAck = {};
    const { type, entries, idOf, fill, generation } = this.#list(this.#request, ack);
    const { seq } = this.#request;
    for (let i = idOf ? 0 : this.#cursor; i < entries.length; i++) {
      if (idOf && this.#sent.has(idOf(entries[i]))) continue;
      const start = to.at;
      const flags = NLM_F_MULTI | this.#inconsistency(generation);
      putMessage(to, { type, flags, seq, pid: this.#pid }, () => fill(to, entries[i]));
      if (to.at > room) {
        to.at = start;
        break;
      }
      this.#cursor = i + 1;
      if (idOf) this.#sent.add(idOf(entries[i]));
    }
    if (to.at === 0) this.#end(to, ack, generation);
    return to.written();
  }

  #end(to: WriteBuffer, ack: ExtendedAck, generation: number | undefined): void {
    const told = this.#extAck && hasSaid(ack);
    const flags = NLM_F_MULTI | (told ? NLM_F_ACK_TLVS : 0) | this.#inconsistency(generation);
    putMessage(to, { type: NLMSG_DONE, flags, seq: this.#request.seq, pid: this.#pid }, () => {
      putErrno(to, 0);
      if (told) putExtendedAck(to, ack, false);
    });
    this.done = true;
  }

  /** NLM_F_DUMP_INTR for the first message of another state than the last one's (nl_dump_check_consistent). */
  #inconsistency(generation: number | undefined): number {
    const changed = this.#generation !== undefined && generation !== this.#generation;
    this.#generation = generation;
    return changed ? NLM_F_DUMP_INTR : 0;
  }
}
