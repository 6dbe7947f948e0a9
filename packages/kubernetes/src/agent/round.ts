import { describeService } from 'ipvs';
import type { ReconcileResult } from 'ipvs/reconcile';

/** Something that could not be programmed, and is tried again. */
export interface Failure {
  /** What it was to be done to: `tcp 10.96.0.10:53`, `address 10.96.0.10`, `packet filter`, `conntrack`. */
  readonly subject: string;
  readonly error: unknown;
}

/** What a pass did. */
export interface Pass {
  /** Commands that changed the IPVS table. */
  readonly changes: number;
  /** Addresses bound or taken away. */
  readonly addresses: number;
  /** Members of sets added or removed. */
  readonly elements: number;
  /** Flows removed from conntrack. */
  readonly flows: number;
  readonly failures: readonly Failure[];
  /** Whether each part of the node can be programmed: what failed was refused by itself, and keeps nothing else from it. */
  readonly isComplete: boolean;
}

/** A pass that did nothing. */
export const noPass: Pass = { changes: 0, addresses: 0, elements: 0, flows: 0, failures: [], isComplete: true };

/** Two passes as one. */
export function addPasses(a: Pass, b: Pass): Pass {
  return {
    changes: a.changes + b.changes,
    addresses: a.addresses + b.addresses,
    elements: a.elements + b.elements,
    flows: a.flows + b.flows,
    failures: [...a.failures, ...b.failures],
    isComplete: a.isComplete && b.isComplete,
  };
}

/** Refusals that are not about an entry: the kernel has no memory, no room or no IPv6, or the agent may not. */
const WHOLE: ReadonlySet<unknown> = new Set(['EPERM', 'EACCES', 'ENOMEM', 'ENOBUFS', 'EOPNOTSUPP']);

/** Collects what a pass does. */
export class Round {
  changes = 0;
  addresses = 0;
  elements = 0;
  flows = 0;
  /** Services that are not as they are wanted yet. */
  readonly failed = new Set<string>();
  readonly #failures: Failure[] = [];
  #isComplete = true;

  get result(): Pass {
    const { changes, addresses, elements, flows } = this;
    return { changes, addresses, elements, flows, failures: this.#failures, isComplete: this.#isComplete };
  }

  /** Notes that a whole part of the node could not be programmed. */
  fail(subject: string, error: unknown): void {
    this.block();
    this.#refuse(subject, error);
  }

  /** Notes that what was refused is a whole part of the node. */
  block(): void {
    this.#isComplete = false;
  }

  /** Does something that others do not depend on. Resolves to whether it worked. */
  async attempt(subject: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.fail(subject, error);
      return false;
    }
  }

  reconciled({ done, remaining }: ReconcileResult): void {
    this.changes += done.length;
    for (const { change, error } of remaining) {
      if (!('service' in change) || !change.service) continue;
      const id = describeService(change.service);
      this.failed.add(id);
      if (error !== undefined) this.#refuse(id, error);
    }
  }

  /** Notes which addresses were refused. Returns the others. */
  addressed(all: readonly string[], refused: ReadonlyMap<string, unknown>): string[] {
    for (const [address, error] of refused) this.#refuse(`address ${address}`, error);
    const done = all.filter((address) => !refused.has(address));
    this.addresses += done.length;
    return done;
  }

  #refuse(subject: string, error: unknown): void {
    if (WHOLE.has((error as { code?: unknown } | undefined)?.code)) this.block();
    this.#failures.push({ subject, error });
  }
}
