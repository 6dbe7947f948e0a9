/**
 * Deadlines by a text that names the service and the destination: milliseconds since 1970, by a clock that the process began with and
 * that nobody sets (`performance.timeOrigin + performance.now()`).
 */
export type Deadlines = ReadonlyMap<string, number>;

/**
 * Keeps the deadlines of drains, so that a drain that goes on later, or in another process, does not start anew. Calls of one
 * process that share a store take turns, each loading, changing and saving.
 */
export interface DeadlineStore {
  /** The deadlines that were saved last; none at first. */
  load(): Promise<Deadlines>;
  /** Keeps these deadlines in place of those before. */
  save(deadlines: Deadlines): Promise<void>;
}

/**
 * Keeps deadlines as long as the process lives.
 * @example
 * ```ts
 * const deadlines = memoryDeadlines();
 * await drain(ipvs, [{ service: web, destination: { address: '10.0.0.5', port: 8080 } }], { deadlines });
 * ```
 */
export function memoryDeadlines(): DeadlineStore {
  let kept: Deadlines = new Map();
  return {
    load: async () => kept,
    save: async (deadlines) => {
      kept = new Map(deadlines);
    },
  };
}
