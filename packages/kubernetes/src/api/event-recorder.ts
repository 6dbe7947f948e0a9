import type { Event } from '../objects/index.ts';
import type { ApiClient } from './api-client.ts';
import { ApiError } from './api-error.ts';
import { Backoff, type BackoffOptions } from './backoff.ts';
import { sleep } from './clock.ts';

/** Options of {@link EventRecorder.start}. */
export interface EventRecorderOptions {
  /** How many events may be sent at once; default 20. */
  readonly burst?: number | undefined;
  /** Seconds for each event beyond the burst; default 10. */
  readonly interval?: number | undefined;
  /** Seconds until an event that was reported again is counted up on the server; default 300. */
  readonly repeat?: number | undefined;
  /** How many different events are remembered; default 1000. */
  readonly capacity?: number | undefined;
  readonly backoff?: BackoffOptions | undefined;
}

/** What became of reports. */
export interface EventRecorderState {
  /** How many events were created. */
  readonly created: number;
  /** How often one was counted up on the server. */
  readonly repeated: number;
  /** How many were given up: the server refused them, or there were too many. */
  readonly dropped: number;
  /** How many attempts failed. */
  readonly errors: number;
  readonly lastError: ApiError | undefined;
}

/** The options, with times in milliseconds. */
interface Settings {
  readonly burst: number;
  readonly interval: number;
  readonly repeat: number;
  readonly capacity: number;
}

/** An event, and how often it was reported. */
interface Series {
  readonly event: Event;
  lastReported: number;
  /** How many reports the server does not know of yet. */
  unsent: number;
  /** How many it knows of; 0 while the event is not there. */
  total: number;
  sentAt: number;
}

/**
 * Tells of problems as Events of the API (`events.k8s.io/v1`), which `kubectl describe` shows. Reporting never waits and never
 * throws. Events of the same name are one event: it is created once, also by a process that ran before, and counted up at most every
 * few minutes. A burst of different ones is spread over time, and the oldest are dropped where there are too many.
 */
export class EventRecorder {
  readonly #client: ApiClient;
  readonly #settings: Settings;
  readonly #backoff: Backoff;
  readonly #stop = new AbortController();
  /** Those reported longest ago first. */
  readonly #series = new Map<string, Series>();
  #running: Promise<void> = Promise.resolve();
  #wake = () => {};
  #tokens: number;
  #refilledAt: number;
  #state: EventRecorderState = { created: 0, repeated: 0, dropped: 0, errors: 0, lastError: undefined };

  private constructor(client: ApiClient, options: EventRecorderOptions) {
    const { burst = 20, interval = 10, repeat = 300, capacity = 1000 } = options;
    this.#client = client;
    this.#settings = { burst, interval: interval * 1000, repeat: repeat * 1000, capacity };
    this.#backoff = new Backoff({ maximum: 300_000, ...options.backoff });
    this.#tokens = burst;
    this.#refilledAt = client.clock.now();
  }

  static start(client: ApiClient, options: EventRecorderOptions = {}): EventRecorder {
    const recorder = new EventRecorder(client, options);
    recorder.#running = recorder.#run(recorder.#stop.signal);
    return recorder;
  }

  /** Ends at once. What was not sent is lost. */
  stop(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    return this.#running;
  }

  /** The same as {@link stop}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  get state(): EventRecorderState {
    return this.#state;
  }

  /** Reports an event. */
  report(event: Event): void {
    const key = pathOf(event);
    const now = this.#client.clock.now();
    const series = this.#series.get(key) ?? { event, lastReported: now, unsent: 0, total: 0, sentAt: 0 };
    series.unsent += 1;
    series.lastReported = now;
    this.#series.delete(key);
    this.#series.set(key, series);
    for (const [oldest, { unsent }] of this.#series) {
      if (this.#series.size <= this.#settings.capacity) break;
      this.#series.delete(oldest);
      if (unsent > 0) this.#update({ dropped: this.#state.dropped + 1 });
    }
    this.#wake();
  }

  async #run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        const { series, wait } = this.#next();
        if (series) await this.#send(series, signal);
        else await this.#idle(wait);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** What to send now, or in how many milliseconds something will be due, if anything will. */
  #next(): { series?: Series; wait?: number | undefined } {
    const now = this.#client.clock.now();
    let wait: number | undefined;
    for (const series of this.#series.values()) {
      if (series.unsent === 0) continue;
      const due = series.total === 0 ? now : series.sentAt + this.#settings.repeat;
      if (due <= now) return { series };
      wait = Math.min(wait ?? Number.POSITIVE_INFINITY, due - now);
    }
    return { wait };
  }

  async #idle(wait: number | undefined): Promise<void> {
    let cancel = () => {};
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (wait !== undefined) cancel = this.#client.clock.after(wait, resolve);
      if (this.#stop.signal.aborted) resolve();
    });
    this.#wake = () => {};
    cancel();
  }

  async #send(series: Series, signal: AbortSignal): Promise<void> {
    await this.#takeToken(signal);
    const { unsent } = series;
    try {
      if (series.total === 0) await this.#create(series, unsent, signal);
      else await this.#countUp(series, series.total + unsent, signal);
      series.unsent -= unsent;
      series.sentAt = this.#client.clock.now();
      this.#backoff.reset();
    } catch (error) {
      if (signal.aborted || !(error instanceof ApiError)) throw error;
      this.#update({ errors: this.#state.errors + 1, lastError: error });
      await this.#fail(series, unsent, error, signal);
    }
  }

  async #fail(
    series: Series,
    unsent: number,
    { status = 0, retryAfter }: ApiError,
    signal: AbortSignal,
  ): Promise<void> {
    // Events are kept for an hour: it is created anew.
    if (status === 404 && series.total > 0) series.total = 0;
    else if (status >= 400 && status < 500 && status !== 401 && status !== 429) {
      this.#update({ dropped: this.#state.dropped + 1 });
      series.unsent -= unsent;
    } else await sleep(this.#client.clock, this.#backoff.next(retryAfter), signal);
  }

  /** Waits until another event may be sent. */
  async #takeToken(signal: AbortSignal): Promise<void> {
    const { clock } = this.#client;
    const { burst, interval } = this.#settings;
    for (;;) {
      const now = clock.now();
      this.#tokens = Math.min(burst, this.#tokens + (now - this.#refilledAt) / interval);
      this.#refilledAt = now;
      if (this.#tokens >= 1) break;
      await sleep(clock, Math.ceil((1 - this.#tokens) * interval), signal);
    }
    this.#tokens -= 1;
  }

  async #create(series: Series, count: number, signal: AbortSignal): Promise<void> {
    const { event } = series;
    try {
      await this.#client.json({ method: 'POST', path: eventsPath(event), body: event }, signal);
      series.total = count;
      this.#update({ created: this.#state.created + 1 });
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409)) throw error;
      const known = await this.#client.json({ path: pathOf(event) }, signal);
      await this.#countUp(series, countOf(known) + count, signal);
    }
  }

  async #countUp(series: Series, count: number, signal: AbortSignal): Promise<void> {
    const body = { series: { count, lastObservedTime: microTime(series.lastReported) } };
    const request = { method: 'PATCH', path: pathOf(series.event), body } as const;
    await this.#client.json({ ...request, contentType: 'application/merge-patch+json' }, signal);
    series.total = count;
    this.#update({ repeated: this.#state.repeated + 1 });
  }

  #update(state: Partial<EventRecorderState>): void {
    this.#state = { ...this.#state, ...state };
  }
}

function eventsPath({ metadata: { namespace } }: Event): string {
  return `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;
}

function pathOf(event: Event): string {
  return `${eventsPath(event)}/${event.metadata.name}`;
}

/** How often the server was told of an event. */
function countOf(event: unknown): number {
  const count = (event as { series?: { count?: unknown } | null } | null)?.series?.count;
  return typeof count === 'number' ? count : 1;
}

/** The time as a MicroTime, which must have six decimals. */
function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z');
}
