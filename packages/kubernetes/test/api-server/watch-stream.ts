import type { ServerResponse } from 'node:http';
import type { Clock } from '../../src/api/clock.ts';
import { type ApiObject, apiVersionOf, type Resource } from './resources.ts';
import type { Selector } from './selectors.ts';
import { type StatusError, statusOf } from './status.ts';
import { atVersion, type HistoryEntry, type Storage } from './storage.ts';

export interface WatchRequest {
  readonly resource: Resource;
  readonly selects: Selector;
  /** Tells what was written after this version; undefined or 0 for everything that there is, and then what follows. */
  readonly from: number | undefined;
  readonly bookmarks: boolean;
  /** Whether the objects that there are end with a bookmark that says so (`sendInitialEvents`). */
  readonly markInitial: boolean;
  readonly timeoutSeconds: number;
}

/** One watch: lines of JSON, until it times out or its client goes. */
export class WatchStream {
  readonly resource: Resource;
  /** Whether events are kept back. */
  held = false;
  /** How the next event is cut in the middle, if it is. */
  cut: 'reset' | 'end' | undefined;
  readonly #request: WatchRequest;
  readonly #response: ServerResponse;
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #heldBack: HistoryEntry[] = [];
  readonly #cancel: (() => void)[] = [];
  #told: number;
  #isStopped = false;

  constructor(request: WatchRequest, response: ServerResponse, storage: Storage, clock: Clock) {
    this.resource = request.resource;
    this.#request = request;
    this.#response = response;
    this.#storage = storage;
    this.#clock = clock;
    this.#told = request.from || storage.version;
  }

  /** Sends what there is and follows. Throws before anything was sent if the history no longer reaches back so far. */
  start(): void {
    const { resource, selects, from, timeoutSeconds, bookmarks, markInitial } = this.#request;
    const missed = from ? this.#storage.since(resource, from) : [];
    this.#response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
    this.#response.flushHeaders();
    this.#response.once('close', () => this.#stop());
    if (!from) for (const object of this.#storage.snapshot(resource).filter(selects)) this.#send('ADDED', object);
    if (!from && markInitial) this.#bookmark({ 'k8s.io/initial-events-end': 'true' });
    for (const entry of missed) this.#tell(entry);
    this.#cancel.push(this.#storage.listen((entry) => entry.resource === resource && this.#tell(entry)));
    this.#cancel.push(this.#clock.after(timeoutSeconds * 1000, () => this.end()));
    if (!bookmarks) return;
    this.#cancel.push(this.#clock.after(Math.max(0, timeoutSeconds - 2) * 1000, () => this.#bookmarkIfNewer()));
    this.#eachMinute();
  }

  end(): void {
    this.#stop();
    this.#response.end();
  }

  /** Ends with an error in the stream. */
  fail(error: StatusError): void {
    this.#write({ type: 'ERROR', object: statusOf(error) });
    this.end();
  }

  /** Keeps the connection, over which nothing will come any more. */
  freeze(): void {
    this.#stop();
  }

  release(): void {
    this.held = false;
    for (const entry of this.#heldBack.splice(0)) this.#tell(entry);
  }

  #eachMinute(): void {
    const index = this.#cancel.length;
    const again = () => {
      this.#bookmarkIfNewer();
      // A bookmark that is cut ends the stream.
      if (this.#isStopped) return;
      this.#cancel[index] = this.#clock.after(60_000, again);
    };
    this.#cancel[index] = this.#clock.after(60_000, again);
  }

  #bookmarkIfNewer(): void {
    if (!this.held && this.#storage.version > this.#told) this.#bookmark();
  }

  #bookmark(annotations?: Record<string, string>): void {
    this.#told = this.#storage.version;
    const { resource } = this.#request;
    const metadata = {
      resourceVersion: String(this.#told),
      creationTimestamp: null,
      ...(annotations && { annotations }),
    };
    this.#write({ type: 'BOOKMARK', object: { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata } });
  }

  /** An object that leaves the selector is told of as deleted, one that enters it as added. */
  #tell(entry: HistoryEntry): void {
    if (this.held) {
      this.#heldBack.push(entry);
      return;
    }
    const before = entry.before && this.#request.selects(entry.before) ? entry.before : undefined;
    const after = entry.after && this.#request.selects(entry.after) ? entry.after : undefined;
    if (after) this.#send(before ? 'MODIFIED' : 'ADDED', after);
    else if (before) this.#send('DELETED', atVersion(before, entry.version));
    else return;
    this.#told = entry.version;
  }

  #send(type: string, object: ApiObject): void {
    this.#write({ type, object });
  }

  #write(event: object): void {
    if (this.#response.writableEnded || this.#response.destroyed) return;
    const line = `${JSON.stringify(event)}\n`;
    if (!this.cut) {
      this.#response.write(line);
      return;
    }
    this.#stop();
    const half = line.slice(0, line.length / 2);
    if (this.cut === 'end') this.#response.end(half);
    else this.#response.write(half, () => this.#response.destroy());
  }

  #stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#cancel.splice(0)) cancel();
  }
}
