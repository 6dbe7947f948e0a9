import { describeService, type ServiceKey } from 'ipvs';

/** Virtual services that wait for their turn, each once and in the order in which they came. */
export class ServiceQueue {
  readonly #services = new Map<string, ServiceKey>();
  /** How many of them have an address. */
  readonly #addresses = new Map<string, number>();

  get size(): number {
    return this.#services.size;
  }

  has(id: string): boolean {
    return this.#services.has(id);
  }

  /** Whether a service of an address waits. */
  hasAddress(address: string): boolean {
    return this.#addresses.has(address);
  }

  add(service: ServiceKey): void {
    const id = describeService(service);
    if (this.#services.has(id)) return;
    this.#services.set(id, service);
    const { address } = service;
    if (address !== undefined) this.#addresses.set(address, (this.#addresses.get(address) ?? 0) + 1);
  }

  delete(id: string): void {
    const address = this.#services.get(id)?.address;
    this.#services.delete(id);
    if (address === undefined) return;
    const others = (this.#addresses.get(address) ?? 1) - 1;
    if (others === 0) this.#addresses.delete(address);
    else this.#addresses.set(address, others);
  }

  /** Takes the first ones out, by their ids; by default all. */
  take(limit = Number.POSITIVE_INFINITY): ReadonlyMap<string, ServiceKey> {
    const taken = new Map<string, ServiceKey>();
    for (const [id, service] of this.#services) {
      if (taken.size >= limit) break;
      taken.set(id, service);
    }
    for (const id of taken.keys()) this.delete(id);
    return taken;
  }
}
