import { formatBytes, parseRecording, type Transport, TransportError } from '../../src/netlink/index.ts';
import { isLittleEndian, readFixture, recordedKernels, recordedNames } from '../support/fixtures.ts';
import type { Random } from './random.ts';

const [NOOP, ERROR] = [1, 2];
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

interface Message {
  readonly seq: number;
  /** Type, dump flag and command: what decides the form of the answer. */
  readonly kind: string;
  readonly type: number;
}

function messages(bytes: Uint8Array, littleEndian: boolean): Message[] {
  const view = viewOf(bytes);
  const found: Message[] = [];
  for (let at = 0; at + 16 <= bytes.length; at += (view.getUint32(at, littleEndian) + 3) & ~3) {
    const type = view.getUint16(at + 4, littleEndian);
    // The number of the family differs from kernel to kernel.
    const kind = `${Math.min(type, 17)} ${(view.getUint16(at + 6, littleEndian) & 0x300) === 0x300} ${bytes[at + 16]}`;
    found.push({ seq: view.getUint32(at + 8, littleEndian), kind, type });
  }
  return found;
}

/** Every recorded answer of real kernels, by what was asked; the family's number and the request's become those at hand. */
export class RecordedTransport implements Transport {
  readonly receiveBuffer = 212992;
  readonly littleEndian: boolean;
  readonly #random: Random;
  readonly #answers: RecordedAnswers['byKind'];
  #queue: Uint8Array[] = [];

  constructor(random: Random, { littleEndian, byKind }: RecordedAnswers) {
    this.#random = random;
    this.#answers = byKind;
    this.littleEndian = littleEndian;
  }

  send(datagram: Uint8Array): void {
    for (const { seq, kind, type } of messages(datagram, this.littleEndian)) {
      if (type === NOOP) this.#queue.push(acknowledgement(seq, this.littleEndian));
      else
        for (const answer of this.#random.pick(this.#answers.get(kind) ?? [[]]))
          this.#queue.push(addressed(answer, seq, type, this.littleEndian));
    }
  }

  receive(into: Uint8Array): number {
    const next = this.#queue.shift();
    if (!next) throw new TransportError('ERR_NETLINK_TIMEOUT', 'There is no further answer');
    into.set(next);
    return next.length;
  }

  close(): void {
    this.#queue = [];
  }
}

/** What kernels of one byte order answered. */
export interface RecordedAnswers {
  readonly littleEndian: boolean;
  readonly byKind: ReadonlyMap<string, readonly (readonly Uint8Array[])[]>;
}

/** The answers to requests that travelled alone, of all recordings of kernels of one byte order. */
export function recordedAnswers(littleEndian: boolean): RecordedAnswers {
  const answers = new Map<string, Map<string, Uint8Array[]>>();
  for (const kernel of recordedKernels.filter((each) => isLittleEndian(each) === littleEndian))
    for (const name of recordedNames(kernel))
      for (const { request, replies } of parseRecording(readFixture(kernel, name)).exchanges) {
        const [first, ...others] = messages(request, littleEndian);
        if (!first || others.some(({ type }) => type !== NOOP)) continue;
        const own = replies.filter((reply) => viewOf(reply).getUint32(8, littleEndian) === first.seq);
        const known = answers.get(first.kind) ?? new Map<string, Uint8Array[]>();
        answers.set(first.kind, known.set(own.map(formatBytes).join('\n'), own));
      }
  return { littleEndian, byKind: new Map([...answers].map(([kind, each]) => [kind, [...each.values()]])) };
}

function acknowledgement(seq: number, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(36);
  const view = viewOf(bytes);
  view.setUint32(0, 36, littleEndian);
  view.setUint16(4, ERROR, littleEndian);
  view.setUint16(6, 0x100, littleEndian);
  view.setUint32(8, seq, littleEndian);
  return bytes;
}

function addressed(answer: Uint8Array, seq: number, family: number, littleEndian: boolean): Uint8Array {
  const bytes = answer.slice();
  const view = viewOf(bytes);
  for (let at = 0; at + 16 <= bytes.length; at += (view.getUint32(at, littleEndian) + 3) & ~3) {
    view.setUint32(at + 8, seq, littleEndian);
    if (view.getUint16(at + 4, littleEndian) > 16) view.setUint16(at + 4, family, littleEndian);
  }
  return bytes;
}
