import type { DestinationIdentity, OwningService, RealServer } from './real-server.ts';
import type { VirtualService } from './virtual-service.ts';

/** IP_VS_DEST_TRASH_PERIOD in seconds, and how often the trash is looked through. */
const PERIOD = 120;
const INTERVAL = PERIOD / 2;

/** Removed destinations, which come back as they were when they are added again in time (`dest_trash`). */
export class Trash {
  /** The newest first. */
  readonly #destinations: RealServer[] = [];
  /** When the trash is next looked through, while there is something in it. */
  due: number | undefined;

  /** ip_vs_ctl.c, __ip_vs_del_dest. */
  put(destination: RealServer, now: number): void {
    this.due ??= now + INTERVAL;
    destination.idleSince = undefined;
    this.#destinations.unshift(destination);
  }

  /** Takes out the destination that a service had, or one of the same key (ip_vs_ctl.c, ip_vs_trash_get_dest). */
  take(service: VirtualService, { family, address, port }: DestinationIdentity): RealServer | undefined {
    const index = this.#destinations.findIndex(
      (each) => each.is(family, address, port) && sameVirtual(each.service, service),
    );
    return index < 0 ? undefined : this.#destinations.splice(index, 1)[0];
  }

  /** Frees what has been unused for long enough (ip_vs_ctl.c, ip_vs_dest_trash_expire). */
  expire(now: number): void {
    for (const destination of [...this.#destinations]) {
      if (destination.inUse) continue;
      if (destination.idleSince === undefined) destination.idleSince = now;
      else if (now >= destination.idleSince + PERIOD)
        this.#destinations.splice(this.#destinations.indexOf(destination), 1);
    }
    this.due = this.#destinations.length > 0 ? now + INTERVAL : undefined;
  }
}

function sameVirtual({ identity: a }: OwningService, { identity: b }: OwningService): boolean {
  return (
    a.fwmark === b.fwmark &&
    a.protocol === b.protocol &&
    (a.fwmark !== 0 || (a.port === b.port && a.address.equals(b.address)))
  );
}
