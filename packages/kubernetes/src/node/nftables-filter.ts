import type { PacketFilter } from '../agent/node-plane.ts';
import { type Difference, type Element, groupElements } from '../desired/index.ts';
import type { Nftables, NftablesOutcome } from '../nftables/index.ts';

/** The packet filter of the agent as nftables has it. */
export class NftablesFilter implements PacketFilter {
  readonly #nftables: Nftables;

  constructor(nftables: Nftables) {
    this.#nftables = nftables;
  }

  async recorded(signal?: AbortSignal): Promise<readonly Element[]> {
    const { services, marks } = await this.#nftables.recorded({ signal });
    return [
      ...services.map((value): Element => ({ set: 'services', value })),
      ...marks.map((value): Element => ({ set: 'marks', value })),
    ];
  }

  holds(members: readonly Element[], signal?: AbortSignal): Promise<boolean> {
    return this.#nftables.holds(groupElements(members), { signal });
  }

  async replace(members: Iterable<Element>, signal?: AbortSignal): Promise<number> {
    return countOf(await this.#nftables.apply(groupElements(members), { signal }));
  }

  async change({ added, removed }: Difference<Element>, signal?: AbortSignal): Promise<number> {
    return countOf(await this.#nftables.change(groupElements(added), groupElements(removed), { signal }));
  }
}

function countOf({ added, removed }: NftablesOutcome): number {
  return added + removed;
}
