import type { ApiClient } from '../api/api-client.ts';
import { ApiError } from '../api/api-error.ts';
import { Backoff } from '../api/backoff.ts';
import { sleep } from '../api/clock.ts';
import { describeObject, type Event, eventOf, type ObjectReference, type Problem } from '../objects/index.ts';
import { EventLimit } from './event-limit.ts';

/** Options of {@link EventReporter}. */
export interface EventReporterOptions {
  /** The node that finds the problems. */
  readonly nodeName: string;
  /** Told of an Event that could not be created. */
  readonly onFailure?: ((event: Event, error: unknown) => void) | undefined;
}

/** Events that wait at most; of more nobody would read. */
const MAX_WAITING = 1000;
/** Attempts to create an Event. */
const MAX_ATTEMPTS = 5;

/**
 * Tells of problems by Events of the objects that have them, one after the other, so that a cluster full of them does not keep
 * the API server from its work, and of each object no more than {@link EventLimit} admits. Events are a courtesy: what cannot
 * be told is given up.
 */
export class EventReporter implements AsyncDisposable {
  readonly #client: ApiClient;
  readonly #options: EventReporterOptions;
  readonly #stop = new AbortController();
  readonly #limit = new EventLimit();
  #waiting: Problem[] = [];
  #sending: Promise<void> | undefined;

  constructor(client: ApiClient, options: EventReporterOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** Tells of problems, some time later. Never throws. */
  report(problems: readonly Problem[]): void {
    if (this.#stop.signal.aborted || problems.length === 0) return;
    const now = this.#client.clock.now();
    this.#limit.forgetIdle(now);
    const admitted = problems.filter(({ object }) => this.#limit.admits(idOf(object), now));
    this.#waiting = [...this.#waiting, ...admitted].slice(0, MAX_WAITING);
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  }

  /** Resolves when all was told that was to be told. */
  async idle(): Promise<void> {
    await this.#sending;
  }

  /** Gives up what waits. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#waiting = [];
    this.#stop.abort();
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    for (let problem = this.#waiting.shift(); problem; problem = this.#waiting.shift()) {
      const event = eventOf(problem, this.#options.nodeName, new Date(this.#client.clock.now()));
      try {
        await this.#create(event);
      } catch (error) {
        if (!this.#stop.signal.aborted) this.#options.onFailure?.(event, error);
      }
    }
  }

  async #create(event: Event): Promise<void> {
    const path = `/apis/events.k8s.io/v1/namespaces/${event.metadata.namespace}/events`;
    const backoff = new Backoff({ initial: 1000, maximum: 30_000 });
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#client.json({ method: 'POST', path, body: event }, this.#stop.signal);
        return;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.status === 409) return; // told already, by another node or before
        if (isFinal(error) || attempt === MAX_ATTEMPTS) throw error;
        await sleep(this.#client.clock, backoff.next(error.retryAfter), this.#stop.signal);
      }
    }
  }
}

/** An object that was deleted and made anew is another one. */
function idOf(object: ObjectReference): string {
  return `${describeObject(object)} ${object.uid}`;
}

/** Whether another attempt would be refused as well, as in a namespace that is being deleted. */
function isFinal({ status }: ApiError): boolean {
  return status !== undefined && status < 500 && status !== 429 && status !== 401;
}
