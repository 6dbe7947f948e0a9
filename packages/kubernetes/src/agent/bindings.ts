import type { Difference } from '../desired/index.ts';
import { Ledger } from './ledger.ts';
import type { AddressBinder } from './node-plane.ts';
import type { Round } from './round.ts';

/** The addresses on the agent's own interface: those that are wanted beside those that are bound. */
export class Bindings {
  readonly #binder: AddressBinder;
  readonly #ledger = new Ledger<string>((address) => address);

  constructor(binder: AddressBinder) {
    this.#binder = binder;
  }

  get isPending(): boolean {
    return this.#ledger.isDifferent;
  }

  has(address: string): boolean {
    return this.#ledger.present.has(address);
  }

  take({ added, removed }: Difference<string>): void {
    this.#ledger.unwant(removed);
    this.#ledger.want(added);
  }

  /** Reads what is bound; what is bound and taken away meanwhile counts. */
  async survey(signal: AbortSignal | undefined): Promise<void> {
    const found = this.#ledger.takeStock();
    found(await this.#binder.list(signal));
  }

  /** Binds what is missing, but for what is held back. */
  async bind(round: Round, isHeld: (address: string) => boolean, signal: AbortSignal | undefined): Promise<void> {
    const missing = this.#ledger.missing.filter((address) => !isHeld(address));
    if (missing.length === 0) return;
    const refused = await this.#binder.bind(missing, signal);
    this.#ledger.added(round.addressed(missing, refused));
    // Of those that are tried again all may be refused by themselves, but hardly where not one is bound.
    if (this.#ledger.present.size === 0) round.block();
  }

  /** Takes away what is not wanted. */
  async unbind(round: Round, signal: AbortSignal | undefined): Promise<void> {
    const { surplus } = this.#ledger;
    if (surplus.length === 0) return;
    const refused = await this.#binder.unbind(surplus, signal);
    this.#ledger.removed(round.addressed(surplus, refused));
  }
}
