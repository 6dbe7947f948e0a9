import { setImmediate } from 'node:timers/promises';
import { Backoff } from '../api/backoff.ts';
import type { Clock } from '../api/clock.ts';
import { type DesiredChanges, type DesiredOptions, DesiredState, type NodeFacts } from '../desired/index.ts';
import { addTaken, type ClusterSource, nothingTaken, type Taken } from './cluster-source.ts';
import type { Programmer } from './programmer.ts';
import type { Pass } from './round.ts';
import { Wake } from './wake.ts';

/** A pass as others are told of it. */
export interface PassReport extends Pass {
  /** Whether everything was read and compared. */
  readonly full: boolean;
  /** Milliseconds that it took. */
  readonly duration: number;
  /** What came of the cluster for which something else is wanted. */
  readonly taken: Taken;
}

/** Who wants to know what the agent does. None may throw. */
export interface AgentObserver {
  /** Something is different in what is wanted; the first time, everything. */
  readonly changed?: (changes: DesiredChanges, state: DesiredState) => void;
  /** Objects came, changed or went, whether or not something else is wanted for it. */
  readonly taken?: (taken: Taken) => void;
  readonly passed?: (report: PassReport) => void;
  /** A pass could not be made at all, such as where the kernel has no IPVS. It is tried again. */
  readonly failed?: (error: unknown) => void;
}

/** Options of an {@link Agent}. */
export interface AgentOptions extends DesiredOptions {
  /** Seconds between two full passes; default 30. */
  readonly syncPeriod?: number | undefined;
  /** Seconds between two looks at what drains; default 1. */
  readonly drainInterval?: number | undefined;
}

/** What an {@link Agent} works with. */
export interface AgentParts {
  /** Starts to list and follow the cluster; `onChange` wakes the agent. */
  readonly source: (onChange: () => void) => ClusterSource;
  readonly programmer: Programmer;
  /** Reads what is known of the node; asked before each full pass. */
  readonly facts: () => Promise<NodeFacts>;
  readonly observers: readonly AgentObserver[];
  readonly clock: Clock;
}

/**
 * Keeps a node as the cluster wants it. Nothing is programmed until all objects are known, and what was programmed stays when
 * the API server is away. What fails is tried again, less and less often, but sooner than the next full pass. A full pass goes
 * on in the background: between its pieces, what changed is programmed first.
 */
export class Agent {
  readonly #parts: AgentParts;
  readonly #options: AgentOptions;
  readonly #wake = new Wake();
  readonly #backoff = new Backoff({ initial: 100, maximum: 10_000 });
  #state: DesiredState | undefined;
  /** What was taken and not reported yet. */
  #taken = nothingTaken;
  /** The reading of what there is, which begins a full pass. */
  #survey: Promise<void> | undefined;
  #fullSince = 0;
  #fullAt = 0;
  #compareAt = 0;
  #retryAt = 0;
  #drainAt = 0;
  #pendingSince: number | undefined;
  /** Whether the last full pass could not be made. */
  #isUnread = false;
  #lastPass: number | undefined;

  constructor(parts: AgentParts, options: AgentOptions = {}) {
    this.#parts = parts;
    this.#options = options;
  }

  /**
   * Since when a change waits, or a whole part of the node cannot be read or programmed, in milliseconds since 1970. What is
   * refused by itself does not count: it must not make the node unhealthy for all others.
   */
  get pendingSince(): number | undefined {
    return this.#pendingSince;
  }

  /** When a pass last tried everything; what was refused by itself may be other than it is wanted. */
  get lastPass(): number | undefined {
    return this.#lastPass;
  }

  /** Runs until the signal aborts; then everything stays as it is programmed. */
  async run(signal: AbortSignal): Promise<void> {
    await using source = this.#parts.source(() => this.#wake.call());
    while (!source.synced && !signal.aborted)
      await this.#wake.sleep(this.#parts.clock, Number.POSITIVE_INFINITY, signal);
    while (!signal.aborted) {
      await this.#turn(source, signal).catch((error) => {
        this.#retryAt = this.#fail(error, signal);
      });
      await this.#rest(signal);
    }
    await this.#survey;
  }

  /** Does what is due: of a full pass one piece. */
  async #turn(source: ClusterSource, signal: AbortSignal): Promise<void> {
    const { clock, programmer } = this.#parts;
    if (this.#isDue(this.#fullAt) && !this.#survey && !programmer.isComparing)
      this.#survey = this.#beginFullPass(signal);
    if (!this.#state) return;
    const isRetry = this.#isRetried && this.#isDue(this.#retryAt);
    const isChanged = this.#take(source, this.#state);
    if (isRetry) await this.#pass(true, signal);
    else if (programmer.isSurveyed && isChanged) await this.#pass(false, signal);
    if (programmer.isComparing && this.#isDue(this.#compareAt)) await this.#compare(signal);
    if (this.#isDue(this.#drainAt)) {
      this.#drainAt = clock.now() + (this.#options.drainInterval ?? 1) * 1000;
      await programmer.tick(signal);
    }
  }

  /** Waits until something is due or changes; between two pieces of a full pass, until the event loop had its turn. */
  async #rest(signal: AbortSignal): Promise<void> {
    const { clock, programmer } = this.#parts;
    const next = [
      ...(this.#survey || programmer.isComparing ? [] : [this.#fullAt]),
      ...(programmer.isComparing ? [this.#compareAt] : []),
      ...(this.#isRetried ? [this.#retryAt] : []),
      ...(programmer.draining.length > 0 ? [this.#drainAt] : []),
    ];
    if (next.some((time) => this.#isDue(time))) await setImmediate();
    else await this.#wake.sleep(clock, Math.min(...next) - clock.now(), signal);
  }

  #isDue(time: number): boolean {
    return this.#parts.clock.now() >= time;
  }

  /** Whether what failed is tried again by itself. A full pass tries it as well. */
  get #isRetried(): boolean {
    const { programmer } = this.#parts;
    return programmer.isSurveyed && programmer.isPending && !programmer.isComparing;
  }

  /** Reads what there is, while changes go on to be programmed. Never rejects. */
  async #beginFullPass(signal: AbortSignal): Promise<void> {
    const { clock, programmer, facts } = this.#parts;
    this.#fullSince = clock.now();
    try {
      const known = await facts();
      if (this.#state) this.#state.setFacts(known);
      else this.#state = new DesiredState(known, desiredOptions(this.#options));
      this.#wake.call(); // what came so far can be taken
      await programmer.survey(signal);
    } catch (error) {
      this.#fullAt = this.#failFull(error, signal);
    } finally {
      this.#survey = undefined;
      this.#wake.call();
    }
  }

  /** Returns whether something else is wanted on the node. */
  #take(source: ClusterSource, state: DesiredState): boolean {
    const taken = source.take(state);
    const changes = state.takeChanges();
    this.#parts.programmer.take(changes);
    for (const each of this.#parts.observers) {
      each.changed?.(changes, state);
      if (taken.objects > 0) each.taken?.(taken);
    }
    const { services, addresses, elements } = changes;
    const parts = [
      services.changed,
      services.removed,
      ...[addresses, elements].flatMap((each) => [each.added, each.removed]),
    ];
    if (parts.every(({ length }) => length === 0)) return false;
    this.#pendingSince ??= taken.since;
    this.#taken = addTaken(this.#taken, taken);
    return true;
  }

  async #pass(isRetry: boolean, signal: AbortSignal): Promise<void> {
    const { clock, programmer } = this.#parts;
    const since = clock.now();
    const pass = await (isRetry ? programmer.retry(signal) : programmer.pass(signal));
    this.#report(pass, { full: false, isRetry, since });
  }

  async #compare(signal: AbortSignal): Promise<void> {
    const { clock, programmer } = this.#parts;
    try {
      const pass = await programmer.compare(signal);
      if (!pass) return;
      this.#fullAt = clock.now() + (this.#options.syncPeriod ?? 30) * 1000;
      this.#report(pass, { full: true, isRetry: true, since: this.#fullSince });
    } catch (error) {
      this.#compareAt = this.#failFull(error, signal);
    }
  }

  /** Notes and tells what a pass did, which may have tried again what failed. */
  #report(pass: Pass, { full, isRetry, since }: { full: boolean; isRetry: boolean; since: number }): void {
    const now = this.#parts.clock.now();
    if (full) this.#isUnread = false;
    if (pass.isComplete && !this.#isUnread) {
      this.#pendingSince = undefined;
      this.#lastPass = now;
    } else this.#pendingSince ??= now;
    if (!this.#parts.programmer.isPending) {
      this.#backoff.reset();
      this.#retryAt = 0;
    } else if (isRetry || this.#retryAt === 0) this.#retryAt = now + this.#backoff.next();
    const report = { ...pass, full, duration: now - since, taken: this.#taken };
    this.#taken = nothingTaken;
    for (const { passed } of this.#parts.observers) passed?.(report);
  }

  #failFull(error: unknown, signal: AbortSignal): number {
    this.#isUnread = true;
    this.#pendingSince ??= this.#parts.clock.now();
    return this.#fail(error, signal);
  }

  /** Tells of what could not be done at all. Returns when it is to be tried again. */
  #fail(error: unknown, signal: AbortSignal): number {
    if (!signal.aborted) for (const { failed } of this.#parts.observers) failed?.(error);
    return this.#parts.clock.now() + this.#backoff.next();
  }
}

function desiredOptions({ syncPeriod: _, drainInterval: __, ...options }: AgentOptions): DesiredOptions {
  return options;
}
