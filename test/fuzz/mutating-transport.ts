import { hostIsLittleEndian, type ReceiveOptions, readBuffer, type Transport } from '../../src/netlink/index.ts';
import type { Mutation } from './mutations.ts';
import type { Random } from './random.ts';

/** Passes everything on, and changes some of what is received while it is `on`. */
export class MutatingTransport implements Transport {
  readonly receiveBuffer: number;
  readonly littleEndian: boolean;
  on = false;
  mutations: readonly Mutation[] = [];
  /** How many datagrams were changed. */
  mutated = 0;
  /** Whether whole datagrams may get lost or come twice. */
  losesDatagrams = false;
  readonly #inner: Transport;
  readonly #random: Random;
  #again: Uint8Array | undefined;

  constructor(inner: Transport, random: Random) {
    this.#inner = inner;
    this.#random = random;
    this.receiveBuffer = inner.receiveBuffer;
    this.littleEndian = inner.littleEndian ?? hostIsLittleEndian;
  }

  send(datagram: Uint8Array): void {
    this.#inner.send(datagram);
  }

  receive(into: Uint8Array, options?: ReceiveOptions): number {
    const size = this.#receive(into, options);
    if (!this.on || this.#random.below(4) === 0) return size;
    this.mutated++;
    const datagram = { ...readBuffer(into, this.littleEndian), size };
    return this.#random.pick(this.mutations)(datagram, this.#random) as number;
  }

  close(): void {
    this.#inner.close();
  }

  #receive(into: Uint8Array, options?: ReceiveOptions): number {
    const again = this.#again;
    this.#again = undefined;
    if (again) {
      into.set(again);
      return again.length;
    }
    const size = this.#inner.receive(into, options);
    if (!this.on || !this.losesDatagrams) return size;
    const fate = this.#random.below(16);
    if (fate === 0) return this.#inner.receive(into, options);
    if (fate === 1) this.#again = into.slice(0, size);
    return size;
  }
}
