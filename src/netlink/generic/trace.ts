import { inspect } from 'node:util';
import { errnoName } from '../../errors/errno.ts';
import type { Transport } from '../../linux/transport.ts';
import { type ReadBuffer, readBuffer } from '../codec/buffer.ts';
import { align, GENL_ID_CTRL, NLM_F_ACK, NLM_F_DUMP, NLMSG_DONE, NLMSG_ERROR, NLMSG_NOOP } from '../codec/constants.ts';
import { genlmsghdr, nlmsghdr } from '../codec/struct.ts';
import { readDone, readError } from '../socket/extended-ack.ts';
import { isolated } from '../socket/isolated.ts';
import { control, getFamily } from './nlctrl.ts';
import type { Operation } from './operation.ts';

const { nlmsg_len, nlmsg_type, nlmsg_flags, nlmsg_seq } = nlmsghdr.offset;
const HEADERS = nlmsghdr.size + genlmsghdr.size;

/** What a trace can put into words: the operations of each family, by the family's name. */
// biome-ignore lint/suspicious/noExplicitAny: operations of every shape; their tables are only read from.
export type Vocabulary = Readonly<Record<string, readonly Operation<any, any>[]>>;

/**
 * Passes everything through to another transport and says every message in words, a line each: `> #7
 * IPVS_CMD_DEL_SERVICE { … }`, `< #7 ESRCH`.
 * @param say takes each line; what it throws becomes an uncaught exception and leaves the conversation alone
 * @example
 * ```ts
 * const lines: string[] = [];
 * const socket = new Socket(traced(kernel.connect(), {}, (line) => lines.push(line)));
 * await Family.resolve(socket, 'IPVS');
 * console.log(lines[0]); // > #1 CTRL_CMD_GETFAMILY { familyName: 'IPVS' }
 * ```
 */
export function traced(transport: Transport, vocabulary: Vocabulary, say: (line: string) => void): Transport {
  const speaker = new Speaker(vocabulary);
  const write = isolated(say);
  const { littleEndian } = transport;
  return {
    receiveBuffer: transport.receiveBuffer,
    largestDatagram: transport.largestDatagram,
    littleEndian,
    send(datagram) {
      for (const line of speaker.sent(readBuffer(datagram, littleEndian))) write(`> ${line}`);
      transport.send(datagram);
    },
    receive(into, options) {
      const size = transport.receive(into, options);
      for (const line of speaker.received(readBuffer(into.subarray(0, size), littleEndian))) write(`< ${line}`);
      return size;
    },
    close: () => transport.close(),
  };
}

class Speaker {
  readonly #vocabulary: Vocabulary;
  /** The operations of the families whose numbers were seen, by number. */
  readonly #families = new Map<number, readonly Operation[]>([[GENL_ID_CTRL, [getFamily]]]);
  /** The operations under way, by sequence number: a reply does not say which request's tables it follows. */
  readonly #asked = new Map<number, Operation>();

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
  }

  sent(datagram: ReadBuffer): string[] {
    this.#asked.clear();
    return eachMessage(datagram, (at, end, type, flags, seq) => {
      if (type === NLMSG_NOOP) return flags & NLM_F_ACK ? 'fence' : 'nothing';
      const command = datagram.bytes[at + nlmsghdr.size];
      const operation = this.#families.get(type)?.find((known) => known.command === command);
      if (!operation) return `family ${type} command ${command}`;
      this.#asked.set(seq, operation);
      const dump = (flags & NLM_F_DUMP) === NLM_F_DUMP ? ' dump' : '';
      return `${operation.name}${dump} ${words(operation.request, datagram, at + HEADERS, end)}`;
    });
  }

  received(datagram: ReadBuffer): string[] {
    return eachMessage(datagram, (at, end, type, flags, seq) => {
      if (type === NLMSG_ERROR || type === NLMSG_DONE) {
        const read = type === NLMSG_DONE ? readDone : readError;
        const { errno, detail } = read(datagram, at, end, flags);
        if (errno !== 0) return [errnoName(errno), detail].filter(Boolean).join(': ');
        return type === NLMSG_DONE ? 'done' : 'ack';
      }
      const operation = this.#asked.get(seq);
      if (!operation) return `family ${type}`;
      if (operation.reply === control) this.#learn(datagram, at + HEADERS, end);
      return words(operation.reply, datagram, at + HEADERS, end);
    });
  }

  #learn(datagram: ReadBuffer, at: number, end: number): void {
    const { familyId, familyName } = control.read(datagram, at, end - at, {});
    const known = familyName !== undefined && Object.hasOwn(this.#vocabulary, familyName);
    const operations = known ? this.#vocabulary[familyName] : undefined;
    if (familyId !== undefined && operations) this.#families.set(familyId, operations);
  }
}

/** A line for each message of a datagram. What cannot be read is said to be so: a trace must never break what it shows. */
function eachMessage(
  { view, littleEndian, bytes }: ReadBuffer,
  say: (at: number, end: number, type: number, flags: number, seq: number) => string,
): string[] {
  const lines: string[] = [];
  for (let at = 0; at + nlmsghdr.size <= bytes.length; ) {
    const length = view.getUint32(at + nlmsg_len, littleEndian);
    const type = view.getUint16(at + nlmsg_type, littleEndian);
    const flags = view.getUint16(at + nlmsg_flags, littleEndian);
    const seq = view.getUint32(at + nlmsg_seq, littleEndian);
    try {
      lines.push(`#${seq} ${say(at, at + length, type, flags, seq)}`);
    } catch (error) {
      lines.push(`#${seq} unreadable: ${error instanceof Error ? error.message : error}`);
    }
    at += Math.max(align(length), nlmsghdr.size);
  }
  return lines;
}

function words(table: Operation['request'], from: ReadBuffer, at: number, end: number): string {
  return inspect(table.read(from, at, end - at, {}), { depth: 4, breakLength: Infinity, compact: true });
}
