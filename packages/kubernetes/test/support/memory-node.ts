import { Ipvs } from 'ipvs';
import { FakeKernel, type FakeKernelOptions } from 'ipvs/testing';
import type { FlowService, NodePlane } from '../../src/agent/node-plane.ts';
import { type Difference, type Element, elementId } from '../../src/desired/index.ts';

/** A node in memory: a fake kernel's IPVS, and sets, addresses and flows that are no more than noted. */
export class MemoryNode implements AsyncDisposable {
  readonly kernel: FakeKernel;
  readonly ipvs: Ipvs;
  readonly bound = new Set<string>();
  readonly elements = new Map<string, Element>();
  readonly flows: FlowService[][] = [];
  /** What was done, in order: `+ services tcp 10.96.0.10 80`, `NEW_SERVICE`, `bind 10.96.0.10`. */
  readonly log: string[] = [];
  /** Called before the sets are changed; throws to refuse. */
  refuseChange: (() => void) | undefined;
  /** Called before the sets are compared; throws to refuse. */
  refuseHolds: (() => void) | undefined;
  /** Called before flows are removed; throws to refuse. */
  refuseFlows: (() => void) | undefined;
  /** How often the record of what is the agent's was read. */
  recordsRead = 0;
  readonly refusedAddresses = new Map<string, unknown>();
  #logged = 0;

  static async create(options: FakeKernelOptions = {}): Promise<MemoryNode> {
    const kernel = new FakeKernel(options);
    return new MemoryNode(kernel, await Ipvs.open({ kernel }));
  }

  private constructor(kernel: FakeKernel, ipvs: Ipvs) {
    this.kernel = kernel;
    this.ipvs = ipvs;
  }

  get plane(): NodePlane {
    return {
      ipvs: this.ipvs,
      filter: {
        recorded: async () => {
          this.recordsRead++;
          return [...this.elements.values()].filter(({ set }) => set === 'services' || set === 'marks');
        },
        holds: async (members) => {
          this.refuseHolds?.();
          return this.#holds(members);
        },
        replace: async (members) => this.#replace([...members]),
        change: async (difference) => this.#change(difference),
      },
      addresses: {
        list: async () => [...this.bound],
        bind: async (addresses) => this.#address('bind', addresses, (address) => this.bound.add(address)),
        unbind: async (addresses) => this.#address('unbind', addresses, (address) => this.bound.delete(address)),
      },
      flows: {
        removeStale: async (services) => {
          this.refuseFlows?.();
          this.flows.push([...services]);
          return 0;
        },
      },
    };
  }

  /** What was written since this was last called. */
  takeLog(): string[] {
    this.#logCommands();
    return this.log.splice(0);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.ipvs.close();
  }

  #holds(members: readonly Element[]): boolean {
    return members.length === this.elements.size && members.every((each) => this.elements.has(elementId(each)));
  }

  #replace(members: readonly Element[]): number {
    const ids = new Set(members.map(elementId));
    const removed = [...this.elements.values()].filter((element) => !ids.has(elementId(element)));
    const added = members.filter((element) => !this.elements.has(elementId(element)));
    return this.#change({ added, removed });
  }

  #change({ added, removed }: Difference<Element>): number {
    this.#logCommands();
    this.refuseChange?.();
    for (const element of removed) this.elements.delete(elementId(element));
    for (const element of added) this.elements.set(elementId(element), element);
    this.log.push(...removed.map((each) => `- ${elementId(each)}`), ...added.map((each) => `+ ${elementId(each)}`));
    return added.length + removed.length;
  }

  #address(verb: string, addresses: readonly string[], act: (address: string) => void): ReadonlyMap<string, unknown> {
    this.#logCommands();
    const refused = new Map<string, unknown>();
    for (const address of addresses) {
      const reason = this.refusedAddresses.get(address);
      if (reason) refused.set(address, reason);
      else {
        act(address);
        this.log.push(`${verb} ${address}`);
      }
    }
    return refused;
  }

  #logCommands(): void {
    const commands = this.kernel.requests.slice(this.#logged).map(({ command }) => command.replace('IPVS_CMD_', ''));
    this.#logged = this.kernel.requests.length;
    this.log.push(...commands.filter((command) => /^(NEW|SET|DEL|FLUSH|ZERO)/.test(command)));
  }
}
