import { type Difference, type Element, elementId } from '../desired/index.ts';
import { Ledger } from './ledger.ts';
import type { PacketFilter } from './node-plane.ts';
import { recordedServices, replacedBy } from './record.ts';
import type { Round } from './round.ts';

/** The members of the packet filter's sets: those that are wanted beside those that stand. */
export class FilterMembers {
  readonly #filter: PacketFilter;
  readonly #ledger = new Ledger<Element>(elementId);
  /** Whether it was read which services the agent has made. */
  #isRead = false;
  /** Whether the sets may hold others than those that are noted, so that all must be replaced. */
  #isUncertain = true;

  constructor(filter: PacketFilter) {
    this.#filter = filter;
  }

  get isPending(): boolean {
    return this.#isUncertain || this.#ledger.isDifferent;
  }

  /** The virtual services that the members which stand are of. */
  recordedServices(): ReadonlySet<string> {
    return new Set([...this.#ledger.present.values()].flatMap(recordedServices));
  }

  take({ added, removed }: Difference<Element>): void {
    this.#ledger.unwant(removed);
    this.#ledger.want(added);
  }

  /** Reads the record of what the agent has made, the first time; later, whether others have changed the sets. */
  async survey(signal: AbortSignal | undefined): Promise<void> {
    if (!this.#isRead) {
      this.#ledger.found(await this.#filter.recorded(signal));
      this.#isRead = true;
      this.#isUncertain = true;
    } else if (!(await this.#filter.holds([...this.#ledger.present.values()], signal))) this.#isUncertain = true;
  }

  /** Adds what is missing; all, in place of whatever stands, where that is not known. */
  async add(round: Round, signal: AbortSignal | undefined): Promise<void> {
    const { missing: added, surplus } = this.#ledger;
    if (this.#isUncertain || [...added, ...surplus].some(isReplaced)) await this.#replace(round, signal);
    else if (added.length > 0) await this.#change(round, { added, removed: replacedBy(added, surplus) }, signal);
  }

  /** Removes what is not wanted. The record of a service that is still to be removed stays, or nobody would know whose it is. */
  async remove(round: Round, isStanding: (id: string) => boolean, signal: AbortSignal | undefined): Promise<void> {
    const removed = this.#ledger.surplus.filter((element) => !recordedServices(element).some(isStanding));
    if (!this.#isUncertain && removed.length > 0) await this.#change(round, { added: [], removed }, signal);
  }

  async #replace(round: Round, signal: AbortSignal | undefined): Promise<void> {
    const { missing, surplus, wanted } = this.#ledger;
    const gone = new Set(replacedBy(missing, surplus));
    const kept = surplus.filter((element) => !isReplaced(element) && !gone.has(element));
    const members = [...wanted.values(), ...kept];
    round.elements += await this.#filter.replace(members, signal);
    this.#ledger.found(members);
    this.#isUncertain = false;
  }

  async #change(round: Round, difference: Difference<Element>, signal: AbortSignal | undefined): Promise<void> {
    try {
      round.elements += await this.#filter.change(difference, signal);
    } catch (error) {
      this.#isUncertain = true; // what is refused may be so because others changed the sets
      throw error;
    }
    this.#ledger.removed(difference.removed);
    this.#ledger.added(difference.added);
  }
}

/** Networks may overlap, so that their set is only changed as a whole. */
function isReplaced({ set }: Element): boolean {
  return set === 'pods';
}
