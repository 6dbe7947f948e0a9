import { type Destination, type Ipvs, type Service, type ServiceKey, UnstableError } from '../../../src/ipvs/index.ts';

/** How often a service is listed until all of ours were seen there, which a listing may leave out. */
const MAX_READINGS = 100;

const key = (port: number) => ({ protocol: 'tcp', address: '192.0.2.10', port }) as const;
type Key = ReturnType<typeof key>;

/**
 * Services that another process adds destinations to. The kernel lists the newest first, so that with theirs ours shift
 * from one datagram of a listing to another.
 */
export const shared: readonly Key[] = [80, 81].map(key);
/** Services that we alone change, in listings of one datagram and of two. */
const own: readonly Key[] = [82, 83].map(key);
const [small, large] = [8, 120];
const sizes = new Map([
  ...shared.map((each) => [each, 400] as const),
  ...own.map((each, i) => [each, i ? large : small] as const),
]);
const services: readonly Key[] = [...sizes.keys()];

/** What is written of a destination. */
type Written = Pick<Destination, 'address' | 'port' | 'weight' | 'upperThreshold' | 'lowerThreshold'>;

/** Services and destinations of ours, and what they must be while another process changes the same tables. */
export class TableUnderChurn {
  /** What must not be. */
  readonly failures: string[] = [];
  /** What was done, and what came of the other's changes that may come of them. */
  readonly seen = {
    patches: 0,
    updates: 0,
    listings: 0,
    entries: 0,
    left: 0,
    leftByConsistent: 0,
    consistent: 0,
    unstable: 0,
  };
  readonly #ipvs: Ipvs;
  readonly #timeouts = new Map<Key, number>();
  readonly #destinations = new Map<Key, Written[]>();

  private constructor(ipvs: Ipvs) {
    this.#ipvs = ipvs;
  }

  /** Writes the services and their destinations. */
  static async write(ipvs: Ipvs): Promise<TableUnderChurn> {
    const table = new TableUnderChurn(ipvs);
    for (const [service, size] of sizes) {
      const destinations = Array.from({ length: size }, (_, i) => written(i));
      table.#timeouts.set(service, 300);
      table.#destinations.set(service, destinations);
      await ipvs.addService({ ...service, scheduler: 'wlc', persistence: { timeout: 300 } });
      await Promise.all(destinations.map((each) => ipvs.addDestination(service, each)));
    }
    return table;
  }

  /** Does one thing, which its number chooses: of twenty, four list, two write a service, the others a destination. */
  async operate(number: number): Promise<void> {
    try {
      await this.#do(number);
    } catch (error) {
      this.failures.push(`${number}: ${error}`);
    }
  }

  #do(number: number): Promise<void> {
    const round = Math.floor(number / 20);
    const consistent = round % 10 === 0;
    switch (number % 20) {
      case 0:
        return round % 5 === 0 ? this.#listTable(consistent) : this.#listServices(consistent);
      case 1:
        return this.#listDestinations(of(shared, round), consistent);
      case 2:
        return this.#listDestinations(of(shared, round + 1), false);
      case 3:
        return this.#listDestinations(of(own, round), true);
      case 4:
        return this.#updateService(of(services, round), number);
      case 5:
        return this.#patchService(of(services, round), number);
      default:
        return this.#writeDestination(of(services, Math.floor(number / 3)), number);
    }
  }

  #updateService(service: Key, number: number): Promise<void> {
    this.#timeouts.set(service, 1 + number);
    this.seen.updates++;
    return this.#ipvs.updateService({ ...service, scheduler: 'wlc', persistence: { timeout: 1 + number } });
  }

  #patchService(service: Key, number: number): Promise<void> {
    this.#timeouts.set(service, 1 + number);
    this.seen.patches++;
    return this.#ipvs.patchService(service, { persistence: { timeout: 1 + number } });
  }

  /** Patches one field or the other, or replaces all of them; the same destination a few times in a row. */
  #writeDestination(service: Key, number: number): Promise<void> {
    const destinations = this.#destinations.get(service) ?? [];
    const i = Math.floor(number / 7) % destinations.length;
    const destination = destinations[i] ?? written(i);
    const value = 1 + number;
    if (number % 4 === 0) {
      const next = { ...destination, weight: value, upperThreshold: value, lowerThreshold: value >> 1 };
      destinations[i] = next;
      this.seen.updates++;
      return this.#ipvs.updateDestination(service, next);
    }
    const patch = number % 4 === 1 ? { upperThreshold: 20_000 + number } : { weight: value };
    destinations[i] = { ...destination, ...patch };
    this.seen.patches++;
    return this.#ipvs.patchDestination(service, destination, patch);
  }

  async #listServices(consistent: boolean): Promise<void> {
    const listed = await this.#unlessUnstable(consistent, this.#ipvs.services({ consistent }));
    if (listed) this.#takeServices(listed, consistent);
  }

  async #listDestinations(service: Key, consistent: boolean): Promise<void> {
    const excused = consistent && shared.includes(service);
    const listed = await this.#unlessUnstable(excused, this.#ipvs.destinations(service, { consistent }));
    if (listed) this.#takeDestinations(service, listed, consistent);
  }

  async #listTable(consistent: boolean): Promise<void> {
    const entries = await this.#unlessUnstable(consistent, collect(this.#ipvs.table({ consistent })));
    if (!entries) return;
    const listed = entries.map(({ service }) => service);
    this.#takeServices(listed, consistent);
    for (const { service, destinations } of entries) {
      const ours = services.find((each) => nameOf(each) === nameOf(service));
      if (ours) this.#takeDestinations(ours, destinations, consistent);
      else this.#expectOnce(destinations.map(destinationName));
    }
  }

  /** What was listed; undefined if it never stood still, which only the other's changes excuse. */
  async #unlessUnstable<T>(excused: boolean, listing: Promise<T>): Promise<T | undefined> {
    this.seen.listings++;
    try {
      const listed = await listing;
      if (excused) this.seen.consistent++;
      return listed;
    } catch (error) {
      if (!excused || !(error instanceof UnstableError)) throw error;
      this.seen.unstable++;
      return undefined;
    }
  }

  #takeServices(listed: readonly Service[], consistent: boolean): void {
    const names = this.#expectOnce(listed.map(nameOf));
    this.#noteLeft(services.filter((each) => !names.has(nameOf(each))).length, consistent);
  }

  #takeDestinations(service: Key, listed: readonly Destination[], consistent: boolean): void {
    const names = this.#expectOnce(listed.map(destinationName));
    const ours = this.#destinations.get(service) ?? [];
    const left = ours.filter((each) => !names.has(destinationName(each))).length;
    if (left > 0 && own.includes(service))
      this.failures.push(`${left} of ${ours.length} are missing in ${nameOf(service)}, which only we change`);
    this.#noteLeft(left, consistent);
  }

  #noteLeft(count: number, consistent: boolean): void {
    if (consistent) this.seen.leftByConsistent += count;
    else this.seen.left += count;
  }

  #expectOnce(names: readonly string[]): Set<string> {
    const distinct = new Set(names);
    this.seen.entries += names.length;
    if (distinct.size < names.length) this.failures.push(`${names.length - distinct.size} are listed twice`);
    return distinct;
  }

  /** Compares everything of ours with what was written last. */
  async check(): Promise<void> {
    for (const [service, timeout] of this.#timeouts) {
      const { persistence } = (await this.#ipvs.service(service)) ?? {};
      this.#expectSame(nameOf(service), persistence?.timeout, timeout);
    }
    for (const [service, destinations] of this.#destinations) {
      const ours = await this.#readOurs(service, destinations.length);
      for (const each of destinations)
        this.#expectSame(`${nameOf(service)}, ${destinationName(each)}`, ours.get(each.port), each);
    }
  }

  #expectSame(name: string, read: unknown, wanted: unknown): void {
    const [is, was] = [JSON.stringify(read), JSON.stringify(wanted)];
    if (is !== was) this.failures.push(`${name} is ${is} and was written as ${was}`);
  }

  /** Ours in a service by port, listed until all of them were seen. */
  async #readOurs(service: Key, size: number): Promise<ReadonlyMap<number, Written>> {
    const ours = new Map<number, Written>();
    for (let reading = 0; ours.size < size && reading < MAX_READINGS; reading++) {
      const listed = await this.#ipvs.destinations(service);
      this.#takeDestinations(service, listed, false);
      for (const { address, port, weight, upperThreshold, lowerThreshold } of listed)
        if (port !== 80) ours.set(port, { address, port, weight, upperThreshold, lowerThreshold });
    }
    return ours;
  }
}

/** A destination of ours: the port tells them from those of the other process, and from one another. */
function written(i: number): Written {
  return { address: `10.0.${i >> 8}.${i & 255}`, port: 1000 + i, weight: 1, upperThreshold: 0, lowerThreshold: 0 };
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function of<T>(all: readonly T[], number: number): T {
  return all[number % all.length] as T;
}

function nameOf(key: ServiceKey): string {
  return 'fwmark' in key ? `${key.fwmark}` : `${key.protocol} ${key.address} ${key.port}`;
}

function destinationName({ address, port }: Pick<Destination, 'address' | 'port'>): string {
  return `${address} ${port}`;
}
