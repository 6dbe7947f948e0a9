import type { DestinationIdentity, RealServer } from './real-server.ts';

/** The destinations of a service. */
export class DestinationList {
  readonly #byKey = new Map<string, RealServer>();
  /** The listing, until something changes. */
  #listed: readonly RealServer[] | undefined;

  get size(): number {
    return this.#byKey.size;
  }

  find(identity: DestinationIdentity): RealServer | undefined {
    return this.#byKey.get(destinationKey(identity));
  }

  add(destination: RealServer): void {
    this.#listed = undefined;
    this.#byKey.set(destinationKey(destination.identity), destination);
  }

  remove({ identity }: RealServer): void {
    this.#listed = undefined;
    this.#byKey.delete(destinationKey(identity));
  }

  /** The newest first (ip_vs_ctl.c, __ip_vs_update_dest adds at the head). */
  list(): readonly RealServer[] {
    this.#listed ??= [...this.#byKey.values()].reverse();
    return this.#listed;
  }
}

/** A text that two destinations share only where the kernel takes them for the same. */
export function destinationKey({ family, address, port }: DestinationIdentity): string {
  return `${family} ${port} ${address.toString('latin1')}`;
}
