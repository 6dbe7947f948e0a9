import { AF_INET6 } from '../servers/address.ts';
import { destinationKey } from '../servers/destination-list.ts';
import type { DestinationIdentity, RealServer } from '../servers/real-server.ts';
import type { ServiceIdentity } from '../servers/service-identity.ts';
import type { VirtualService } from './virtual-service.ts';

/** IP_VS_DEST_TRASH_PERIOD in seconds, and how often the trash is looked through. */
const PERIOD = 120;
const INTERVAL = PERIOD / 2;

/** Removed destinations, which come back as they were when they are added again in time (`dest_trash`). */
export class Trash {
  /** Those that may be taken for one another, the newest last. */
  readonly #byKey = new Map<string, RealServer[]>();
  /** Time of the next scan, while there is anything in the trash. */
  due: number | undefined;

  /** The timer starts anew whenever something comes into an empty trash (ip_vs_ctl.c, __ip_vs_del_dest). */
  put(destination: RealServer, now: number): void {
    if (this.#byKey.size === 0) this.due = now + INTERVAL;
    destination.idleSince = undefined;
    const key = trashKey(destination.identity, destination.service.identity);
    const same = this.#byKey.get(key);
    if (same) same.push(destination);
    else this.#byKey.set(key, [destination]);
  }

  /** Takes out the newest destination that a service had, or one of the same key (ip_vs_ctl.c, ip_vs_trash_get_dest). */
  take(service: VirtualService, identity: DestinationIdentity): RealServer | undefined {
    const key = trashKey(identity, service.identity);
    const candidates = this.#byKey.get(key) ?? [];
    const index = candidates.findLastIndex((each) => sameVirtual(each.service.identity, service.identity));
    if (index < 0) return undefined;
    const [destination] = candidates.splice(index, 1);
    if (candidates.length === 0) this.#byKey.delete(key);
    return destination;
  }

  /**
   * Frees what has been unused for long enough (ip_vs_ctl.c, ip_vs_dest_trash_expire).
   * @param until what is in use now stays so until then
   */
  expire(now: number, until: number): void {
    let idle = false;
    for (const [key, destinations] of this.#byKey) {
      const kept = destinations.filter((destination) => !isOver(destination, now));
      idle ||= kept.some(({ inUse }) => !inUse);
      if (kept.length > 0) this.#byKey.set(key, kept);
      else this.#byKey.delete(key);
    }
    const turns = idle ? 1 : Math.max(1, Math.ceil((until - now) / INTERVAL));
    this.due = this.#byKey.size > 0 ? now + turns * INTERVAL : undefined;
  }
}

/** Notes when a destination was first found unused; it is over once that is long enough ago. */
function isOver(destination: RealServer, now: number): boolean {
  if (destination.inUse) return false;
  if (destination.idleSince === undefined) destination.idleSince = now;
  return now >= destination.idleSince + PERIOD;
}

/** The service's family is not compared, only as much of its address as an IPv4 service has. */
function trashKey(destination: DestinationIdentity, { fwmark, protocol, port, address }: ServiceIdentity): string {
  const virtual = fwmark ? `mark ${fwmark}` : `${port} ${address.toString('latin1', 0, 4)}`;
  return `${destinationKey(destination)} ${protocol} ${virtual}`;
}

function sameVirtual(old: ServiceIdentity, { family, fwmark, address }: ServiceIdentity): boolean {
  return fwmark !== 0 || family !== AF_INET6 || old.address.equals(address);
}
