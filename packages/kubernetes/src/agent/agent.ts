import { Backoff } from '../api/backoff.ts';
import type { Clock } from '../api/clock.ts';
import { type DesiredChanges, type DesiredOptions, DesiredState, type NodeFacts } from '../desired/index.ts';
import type { ClusterSource, Taken } from './cluster-source.ts';
import type { Programmer } from './programmer.ts';
import type { Pass } from './round.ts';
import { Wake } from './wake.ts';

/** A pass as others are told of it. */
export interface PassReport extends Pass {
  /** Whether everything was read and compared. */
  readonly full: boolean;
  /** Milliseconds that it took. */
  readonly duration: number;
  /** What of the cluster it was about. */
  readonly taken: Taken;
}

/** Who wants to know what the agent does. None may throw. */
export interface AgentObserver {
  /** Something is different in what is wanted; the first time, everything. */
  readonly changed?: (changes: DesiredChanges, state: DesiredState) => void;
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
 * the API server is away. What fails is tried again, sooner than the next full pass.
 */
export class Agent {
  readonly #parts: AgentParts;
  readonly #options: AgentOptions;
  readonly #wake = new Wake();
  readonly #backoff = new Backoff({ initial: 100, maximum: 10_000 });
  #pendingSince: number | undefined;
  #lastPass: number | undefined;

  constructor(parts: AgentParts, options: AgentOptions = {}) {
    this.#parts = parts;
    this.#options = options;
  }

  /** When the oldest change came that is not programmed yet, in milliseconds since 1970. */
  get pendingSince(): number | undefined {
    return this.#pendingSince;
  }

  /** When a pass last made everything as it is wanted. */
  get lastPass(): number | undefined {
    return this.#lastPass;
  }

  /** Runs until the signal aborts; then everything stays as it is programmed. */
  async run(signal: AbortSignal): Promise<void> {
    await using source = this.#parts.source(() => this.#wake.call());
    while (!source.synced && !signal.aborted)
      await this.#wake.sleep(this.#parts.clock, Number.POSITIVE_INFINITY, signal);
    if (!signal.aborted) await this.#follow(source, signal);
  }

  async #follow(source: ClusterSource, signal: AbortSignal): Promise<void> {
    const { clock, programmer } = this.#parts;
    const { syncPeriod = 30, drainInterval = 1 } = this.#options;
    let state: DesiredState | undefined;
    let [fullAt, retryAt, drainAt] = [0, 0, 0];
    while (!signal.aborted) {
      const isFull = clock.now() >= fullAt;
      try {
        if (isFull || !state) state = await this.#refresh(state);
        const taken = this.#take(source, state);
        const isRetried = programmer.isPending && clock.now() >= retryAt;
        if (isFull || (programmer.isAdopted && (taken.objects > 0 || isRetried))) {
          const isDone = await this.#pass(isFull, taken, signal);
          if (isDone) this.#backoff.reset();
          else retryAt = clock.now() + this.#backoff.next();
          if (isFull) fullAt = clock.now() + syncPeriod * 1000;
        }
        if (clock.now() >= drainAt) {
          await programmer.tick(signal);
          drainAt = clock.now() + drainInterval * 1000;
        }
      } catch (error) {
        if (signal.aborted) return;
        for (const { failed } of this.#parts.observers) failed?.(error);
        retryAt = clock.now() + this.#backoff.next();
        if (isFull) fullAt = retryAt;
      }
      const next = [
        fullAt,
        ...(programmer.isAdopted && programmer.isPending ? [retryAt] : []),
        ...(programmer.draining.length > 0 ? [drainAt] : []),
      ];
      await this.#wake.sleep(clock, Math.max(0, Math.min(...next) - clock.now()), signal);
    }
  }

  async #refresh(state: DesiredState | undefined): Promise<DesiredState> {
    const facts = await this.#parts.facts();
    if (!state) return new DesiredState(facts, desiredOptions(this.#options));
    state.setFacts(facts);
    return state;
  }

  #take(source: ClusterSource, state: DesiredState): Taken {
    const taken = source.take(state);
    const changes = state.takeChanges();
    this.#parts.programmer.take(changes);
    for (const { changed } of this.#parts.observers) changed?.(changes, state);
    this.#pendingSince ??= taken.since;
    return taken;
  }

  /** Resolves to whether everything is as it is wanted. */
  async #pass(full: boolean, taken: Taken, signal: AbortSignal): Promise<boolean> {
    const { clock, programmer } = this.#parts;
    const start = clock.now();
    const pass = full ? await programmer.fullPass(signal) : await programmer.pass(signal);
    // Others may undo what is done, without a failure.
    const isDone = pass.failures.length === 0 && !programmer.isPending;
    if (isDone) {
      this.#pendingSince = undefined;
      this.#lastPass = clock.now();
    }
    const report = { ...pass, full, duration: clock.now() - start, taken };
    for (const { passed } of this.#parts.observers) passed?.(report);
    return isDone;
  }
}

function desiredOptions({ syncPeriod: _, drainInterval: __, ...options }: AgentOptions): DesiredOptions {
  return options;
}
