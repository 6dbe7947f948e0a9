import { randomBytes } from 'node:crypto';
import type { ApiClient } from './api-client.ts';
import { ApiError } from './api-error.ts';
import { Backoff, type BackoffOptions } from './backoff.ts';
import { sleep } from './clock.ts';

/** The object that an event is about. */
export interface EventSubject {
  /** `'v1'`. */
  readonly apiVersion: string;
  /** `'Service'`. */
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly uid?: string | undefined;
}

/** What is to be told about an object. */
export interface EventReport {
  readonly regarding: EventSubject;
  readonly type: 'Normal' | 'Warning';
  /** Why, in a word for machines: `'UnknownScheduler'`. At most 128 characters. */
  readonly reason: string;
  /** What was done or refused, in a word for machines: `'Programming'`. At most 128 characters. */
  readonly action: string;
  /** A sentence for people. What is beyond 1024 bytes is cut. */
  readonly note: string;
}

/** Options of {@link EventRecorder.start}. */
export interface EventRecorderOptions {
  /** Who reports: the node's name. */
  readonly instance: string;
  /** What reports; default `'ipvs-kubernetes'`. */
  readonly controller?: string | undefined;
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
  readonly instance: string;
  readonly controller: string;
  readonly burst: number;
  readonly interval: number;
  readonly repeat: number;
  readonly capacity: number;
}

/** An event, and how often it was reported. */
interface Series {
  readonly report: EventReport;
  count: number;
  lastReported: number;
  /** The event's name on the server, once it is there. */
  name: string | undefined;
  countSent: number;
  sentAt: number;
}

/**
 * Tells of problems as Events of the API (`events.k8s.io/v1`), which `kubectl describe` shows. Reporting never waits and never
 * throws. The same event is created once and counted up at most every few minutes; a burst of different ones is spread over time,
 * and the oldest are dropped where there are too many.
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
    const {
      instance,
      controller = 'ipvs-kubernetes',
      burst = 20,
      interval = 10,
      repeat = 300,
      capacity = 1000,
    } = options;
    this.#client = client;
    this.#settings = { instance, controller, burst, interval: interval * 1000, repeat: repeat * 1000, capacity };
    this.#backoff = new Backoff({ maximum: 300_000, ...options.backoff });
    this.#tokens = burst;
    this.#refilledAt = client.clock.now();
  }

  static start(client: ApiClient, options: EventRecorderOptions): EventRecorder {
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
  report(report: EventReport): void {
    const { regarding, type, reason, action, note } = report;
    const { namespace, name, uid } = regarding;
    const key = JSON.stringify([regarding.kind, namespace, name, uid, type, reason, action, note]);
    const now = this.#client.clock.now();
    const series = this.#series.get(key) ?? {
      report,
      count: 0,
      lastReported: now,
      name: undefined,
      countSent: 0,
      sentAt: 0,
    };
    series.count += 1;
    series.lastReported = now;
    this.#series.delete(key);
    this.#series.set(key, series);
    for (const [oldest, { count, countSent }] of this.#series) {
      if (this.#series.size <= this.#settings.capacity) break;
      this.#series.delete(oldest);
      if (count > countSent) this.#update({ dropped: this.#state.dropped + 1 });
    }
    this.#wake();
  }

  async #run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        const { key, series, wait } = this.#next();
        if (!series) await this.#idle(wait);
        else await this.#send(key, series, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** What to send now, or in how many milliseconds something will be due, if anything will. */
  #next(): { key: string; series?: Series; wait?: number | undefined } {
    const now = this.#client.clock.now();
    let wait: number | undefined;
    for (const [key, series] of this.#series) {
      if (series.count === series.countSent) continue;
      const due = series.name === undefined ? now : series.sentAt + this.#settings.repeat;
      if (due <= now) return { key, series };
      wait = Math.min(wait ?? Number.POSITIVE_INFINITY, due - now);
    }
    return { key: '', wait };
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

  async #send(key: string, series: Series, signal: AbortSignal): Promise<void> {
    const { clock } = this.#client;
    await this.#takeToken(signal);
    const { count, lastReported } = series;
    try {
      if (series.name === undefined) await this.#create(series, signal);
      else await this.#countUp(series.name, series, signal);
      Object.assign(series, { countSent: count, sentAt: clock.now() });
      this.#backoff.reset();
    } catch (error) {
      if (signal.aborted || !(error instanceof ApiError)) throw error;
      this.#update({ errors: this.#state.errors + 1, lastError: error });
      const { status = 0, retryAfter } = error;
      if (status === 404 && series.name !== undefined) {
        // Events are kept for an hour.
        series.name = undefined;
      } else if (status >= 400 && status < 500 && status !== 401 && status !== 429) {
        this.#update({ dropped: this.#state.dropped + 1 });
        Object.assign(series, { countSent: count, sentAt: lastReported });
        if (series.name === undefined) this.#series.delete(key);
      } else {
        await sleep(clock, this.#backoff.next(retryAfter), signal);
      }
    }
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

  async #create(series: Series, signal: AbortSignal): Promise<void> {
    const { regarding, type, reason, action, note } = series.report;
    const { namespace = 'default' } = regarding;
    const name = `${regarding.name}.${randomBytes(8).toString('hex')}`;
    const body = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name, namespace },
      eventTime: microTime(this.#client.clock.now()),
      reportingController: this.#settings.controller,
      reportingInstance: this.#settings.instance,
      regarding: { ...regarding, namespace },
      type,
      reason,
      action,
      note: cut(note, 1024),
    };
    await this.#client.json({ method: 'POST', path: eventsPath(namespace), body }, signal);
    series.name = name;
    this.#update({ created: this.#state.created + 1 });
  }

  async #countUp(
    name: string,
    { report: { regarding }, count, lastReported }: Series,
    signal: AbortSignal,
  ): Promise<void> {
    const path = `${eventsPath(regarding.namespace ?? 'default')}/${name}`;
    const body = { series: { count, lastObservedTime: microTime(lastReported) } };
    await this.#client.json({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' }, signal);
    this.#update({ repeated: this.#state.repeated + 1 });
  }

  #update(state: Partial<EventRecorderState>): void {
    this.#state = { ...this.#state, ...state };
  }
}

function eventsPath(namespace: string): string {
  return `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;
}

/** The time as a MicroTime, which must have six decimals. */
function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z');
}

/** At most so many bytes of a text, no character cut in two. */
function cut(text: string, bytes: number): string {
  const encoded = new TextEncoder().encode(text);
  if (encoded.length <= bytes) return text;
  return `${new TextDecoder().decode(encoded.subarray(0, bytes - 3)).replace(/\uFFFD+$/, '')}…`;
}
