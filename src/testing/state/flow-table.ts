/** One direction of an entry, in the fields of its attributes. */
export interface FlowTuple {
  readonly family: number;
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** The zone of this direction alone; 0 for none. */
  readonly zone: number;
}

/** An entry of the connection tracking table (`struct nf_conn`). */
export interface TrackedFlow {
  readonly id: number;
  readonly original: FlowTuple;
  readonly reply: FlowTuple;
  /** Seconds, counted from when it was added. */
  readonly timeout: number;
  readonly mark: number;
  readonly zone: number;
}

/** The connection tracking table of a network namespace. Time does not pass for its entries. */
export class FlowTable {
  readonly #flows = new Map<string, TrackedFlow>();
  readonly #byReply = new Map<string, TrackedFlow>();
  #lastId = 0;

  get size(): number {
    return this.#flows.size;
  }

  list(): TrackedFlow[] {
    return [...this.#flows.values()];
  }

  /** Adds an entry, in place of the one of the same original tuple. */
  add(flow: Omit<TrackedFlow, 'id'>): void {
    const before = this.find(flow.zone, flow.original);
    if (before) this.remove(before);
    const added = { ...flow, id: ++this.#lastId };
    this.#flows.set(keyOf(flow.zone, flow.original), added);
    this.#byReply.set(keyOf(flow.zone, flow.reply), added);
  }

  /** The entry that has a tuple in either direction (net/netfilter/nf_conntrack_core.c, nf_conntrack_find_get). */
  find(zone: number, tuple: FlowTuple): TrackedFlow | undefined {
    const key = keyOf(zone, tuple);
    return this.#flows.get(key) ?? this.#byReply.get(key);
  }

  remove({ zone, original, reply }: TrackedFlow): void {
    this.#flows.delete(keyOf(zone, original));
    this.#byReply.delete(keyOf(zone, reply));
  }
}

function keyOf(
  zone: number,
  { protocol, source, sourcePort, destination, destinationPort, ...own }: FlowTuple,
): string {
  return `${zone || own.zone} ${protocol} ${source} ${sourcePort} ${destination} ${destinationPort}`;
}
