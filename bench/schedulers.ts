import { Ipvs } from '../src/ipvs/index.ts';
import { FakeKernel, type PacketSpec, type ScheduledConnection } from '../src/testing/index.ts';

/** All that there are in Linux 6.12. */
export const schedulers = [
  'rr',
  'wrr',
  'lc',
  'wlc',
  'sed',
  'nq',
  'twos',
  'lblc',
  'lblcr',
  'sh',
  'dh',
  'mh',
  'fo',
  'ovf',
] as const;
export type Scheduler = (typeof schedulers)[number];

const WEIGHTS = [1, 2, 3, 4];
/** Connections that are open at a time. */
const OPEN = 100;
export const CONNECTIONS = 10_000;
/** Addresses that the connections go to, as those of what a cache stands before. */
const TARGETS = 1000;
const SERVERS = 10;
const CLIENTS = 10_000;

/** How many connections went to the server of a weight. */
export interface Share {
  readonly scheduler: Scheduler;
  readonly weight: number;
  readonly connections: number;
}

/** How many clients go elsewhere after a change of the servers. */
export interface Movement {
  readonly scheduler: Scheduler;
  readonly change: string;
  /** Those whose server is gone, or that a new one takes. */
  readonly needed: number;
  /** Those that move from one server to another though both were there before. */
  readonly besides: number;
  readonly clients: number;
}

/** 10,000 connections by each scheduler to four servers of weights 1 to 4; 100 at a time, each of which ends when 100 more have come. */
export async function shares(): Promise<Share[]> {
  const found: Share[] = [];
  for (const scheduler of schedulers) {
    await using lab = await Lab.open(scheduler, WEIGHTS);
    const open: (ScheduledConnection | undefined)[] = [];
    const counts = new Map(WEIGHTS.map((weight) => [weight, 0]));
    for (let i = 0; i < CONNECTIONS; i++) {
      const connection = lab.connect(i, lab.below(TARGETS));
      connection?.establish();
      open.push(connection);
      if (open.length > OPEN) open.shift()?.expire();
      if (connection) counts.set(lab.weightOf(connection), (counts.get(lab.weightOf(connection)) ?? 0) + 1);
    }
    for (const [weight, connections] of counts) found.push({ scheduler, weight, connections });
  }
  return found;
}

/** 10,000 clients of ten servers, before and after one of the servers goes, or one more comes. */
export async function movements(): Promise<Movement[]> {
  const found: Movement[] = [];
  for (const scheduler of ['mh', 'sh', 'dh'] as const)
    for (const change of ['one of ten servers removed', 'an eleventh server added']) {
      await using lab = await Lab.open(scheduler, Array(SERVERS).fill(1));
      const before = lab.whereAllGo(CLIENTS);
      const touched = change.endsWith('removed') ? await lab.remove(3) : await lab.add(1);
      const after = lab.whereAllGo(CLIENTS);
      const moved = before.map((server, i) => [server, after[i]]).filter(([one, other]) => one !== other);
      const needed = moved.filter((servers) => servers.includes(touched)).length;
      found.push({ scheduler, change, needed, besides: moved.length - needed, clients: CLIENTS });
    }
  return found;
}

/** Servers behind a firewall mark, so that connections may go to many addresses. */
class Lab implements AsyncDisposable {
  readonly #kernel: FakeKernel;
  readonly #ipvs: Ipvs;
  readonly #weights = new Map<string, number>();
  readonly #random = seeded(1);
  #servers = 0;

  private constructor(kernel: FakeKernel, ipvs: Ipvs) {
    this.#kernel = kernel;
    this.#ipvs = ipvs;
  }

  static async open(scheduler: Scheduler, weights: readonly number[]): Promise<Lab> {
    const kernel = new FakeKernel({ random: seeded(2) });
    const lab = new Lab(kernel, await Ipvs.open({ kernel }));
    await lab.#ipvs.addService({ ...service, scheduler });
    for (const weight of weights) await lab.add(weight);
    return lab;
  }

  /** @returns its address */
  async add(weight: number): Promise<string> {
    const address = `10.0.0.${++this.#servers}`;
    this.#weights.set(address, weight);
    await this.#ipvs.addDestination(service, { address, port: 0, weight });
    return address;
  }

  /** @returns its address */
  async remove(number: number): Promise<string> {
    const address = `10.0.0.${number}`;
    await this.#ipvs.removeDestination(service, { address, port: 0 });
    return address;
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  connect(client: number, target: number): ScheduledConnection | undefined {
    return this.#kernel.schedule(packet(client, target));
  }

  weightOf({ destination }: ScheduledConnection): number {
    return this.#weights.get(destination.address) ?? 0;
  }

  /** Each client with a target of its own; none leaves a connection behind. */
  whereAllGo(clients: number): (string | undefined)[] {
    return Array.from({ length: clients }, (_, client) => {
      const connection = this.connect(client, client);
      connection?.expire();
      return connection?.destination.address;
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#ipvs.close();
  }
}

const service = { fwmark: 1, family: 'inet' } as const;

function packet(client: number, target: number): PacketSpec {
  const below = (number: number) => `${(number >> 8) & 255}.${number & 255}`;
  return {
    protocol: 'tcp',
    source: { address: `198.18.${below(client)}`, port: 40_000 },
    virtual: { address: `203.0.${below(target)}`, port: 80 },
    fwmark: 1,
  };
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
