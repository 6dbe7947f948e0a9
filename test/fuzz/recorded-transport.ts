import { formatBytes, parseRecording, type Transport, TransportError } from '../../src/netlink/index.ts';
import { readFixture, recordedKernels, recordedNames } from '../support/fixtures.ts';
import type { Random } from './random.ts';

const [NOOP, ERROR] = [1, 2];
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

interface Message {
  readonly seq: number;
  /** Type, dump flag and command: what decides the form of the answer. */
  readonly kind: string;
  readonly type: number;
}

function messages(bytes: Uint8Array): Message[] {
  const view = viewOf(bytes);
  const found: Message[] = [];
  for (let at = 0; at + 16 <= bytes.length; at += (view.getUint32(at, true) + 3) & ~3) {
    const type = view.getUint16(at + 4, true);
    // The number of the family differs from kernel to kernel.
    const kind = `${Math.min(type, 17)} ${(view.getUint16(at + 6, true) & 0x300) === 0x300} ${bytes[at + 16]}`;
    found.push({ seq: view.getUint32(at + 8, true), kind, type });
  }
  return found;
}

/** Every recorded answer of real kernels, by what was asked; the family's number and the request's become those at hand. */
export class RecordedTransport implements Transport {
  readonly receiveBuffer = 212992;
  readonly #random: Random;
  readonly #answers: ReadonlyMap<string, readonly (readonly Uint8Array[])[]>;
  #queue: Uint8Array[] = [];

  constructor(random: Random, answers: ReadonlyMap<string, readonly (readonly Uint8Array[])[]>) {
    this.#random = random;
    this.#answers = answers;
  }

  send(datagram: Uint8Array): void {
    for (const { seq, kind, type } of messages(datagram)) {
      if (type === NOOP) this.#queue.push(acknowledgement(seq));
      else
        for (const answer of this.#random.pick(this.#answers.get(kind) ?? [[]]))
          this.#queue.push(addressed(answer, seq, type));
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

/** The answers of all recordings to requests that travelled alone. */
export function recordedAnswers(): Map<string, Uint8Array[][]> {
  const answers = new Map<string, Map<string, Uint8Array[]>>();
  for (const kernel of recordedKernels)
    for (const name of recordedNames(kernel))
      for (const { request, replies } of parseRecording(readFixture(kernel, name)).exchanges) {
        const [first, ...others] = messages(request);
        if (!first || others.some(({ type }) => type !== NOOP)) continue;
        const own = replies.filter((reply) => viewOf(reply).getUint32(8, true) === first.seq);
        const known = answers.get(first.kind) ?? new Map<string, Uint8Array[]>();
        answers.set(first.kind, known.set(own.map(formatBytes).join('\n'), own));
      }
  return new Map([...answers].map(([kind, each]) => [kind, [...each.values()]]));
}

function acknowledgement(seq: number): Uint8Array {
  const bytes = new Uint8Array(36);
  const view = viewOf(bytes);
  view.setUint32(0, 36, true);
  view.setUint16(4, ERROR, true);
  view.setUint16(6, 0x100, true);
  view.setUint32(8, seq, true);
  return bytes;
}

function addressed(answer: Uint8Array, seq: number, family: number): Uint8Array {
  const bytes = answer.slice();
  const view = viewOf(bytes);
  for (let at = 0; at + 16 <= bytes.length; at += (view.getUint32(at, true) + 3) & ~3) {
    view.setUint32(at + 8, seq, true);
    if (view.getUint16(at + 4, true) > 16) view.setUint16(at + 4, family, true);
  }
  return bytes;
}
