/** What the supervisor tells a controller. */
export type Order = 'pause' | 'resume' | 'sample' | 'stop';

/** The state of a controller, in each of its answers. */
export interface Report {
  readonly answers: Order | 'start';
  /** The latest operation. */
  readonly doing: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly lost: number;
  readonly wrong: number;
  readonly unhandled: number;
  readonly faults: readonly string[];
  /** Open sockets and namespaces. */
  readonly descriptors: number;
  /** Bytes. */
  readonly rss: number;
  /** Bytes, after a collection. */
  readonly heap: number;
  /** How late the event loop was, the 99th percentile, in milliseconds. */
  readonly p99: number;
}
