import { Estimator } from './estimator.ts';
import type { ServiceIdentity } from './service-identity.ts';
import type { ThresholdRules, Thresholds } from './thresholds.ts';

/** The identity of a destination within its service. */
export interface DestinationIdentity {
  readonly family: number;
  /** 16 bytes. */
  readonly address: Buffer;
  readonly port: number;
}

/** The configuration of a destination, as the kernel's numbers. */
export interface DestinationSetup extends Thresholds {
  readonly forwarding: number;
  readonly weight: number;
  readonly tunnelType: number;
  readonly tunnelPort: number;
  readonly tunnelFlags: number;
}

/** Learns how the list of a service's destinations changes, as the kernel's schedulers do (include/net/ip_vs.h, `struct ip_vs_scheduler`). */
export interface DestinationObserver {
  /** `add_dest` */
  added?(destination: RealServer): void;
  /** Before one is removed. */
  removing?(destination: RealServer): void;
  /** `del_dest` */
  removed?(): void;
  /** `upd_dest` */
  updated?(): void;
}

/** The service of a destination, as far as the destination knows it. */
export interface OwningService {
  readonly identity: ServiceIdentity;
  readonly destinations: {
    add(destination: RealServer): void;
    remove(destination: RealServer): void;
  };
  readonly scheduling: DestinationObserver | undefined;
}

/** How a connection counts: persistence templates by themselves. */
export type ConnectionCounter = 'active' | 'inactive' | 'persistent';

/** `struct ip_vs_dest`. */
export class RealServer {
  readonly identity: DestinationIdentity;
  readonly estimator = new Estimator();
  /** The service it belongs to, or belonged to when it was removed. */
  service: OwningService;
  setup: DestinationSetup;
  /** The last weight that was not 0, or that it was added with (ip_vs_ctl.c, __ip_vs_update_dest). */
  lastWeight = 0;
  active = 0;
  inactive = 0;
  persistent = 0;
  /** True while it is in its service's list (IP_VS_DEST_F_AVAILABLE). */
  available = false;
  /** True while it gets no new connections because of its thresholds (IP_VS_DEST_F_OVERLOAD). */
  overloaded = false;
  /** Entries of schedulers' caches that lead to it. */
  held = 0;
  /** Time at which it was first found unused in the trash, in seconds of the fake's clock. */
  idleSince: number | undefined;

  readonly #rules: ThresholdRules;

  constructor(identity: DestinationIdentity, setup: DestinationSetup, service: OwningService, rules: ThresholdRules) {
    this.identity = identity;
    this.setup = setup;
    this.service = service;
    this.#rules = rules;
  }

  /** Active and inactive connections, which the thresholds limit. */
  get connections(): number {
    return this.active + this.inactive;
  }

  /** Takes a new configuration; its thresholds count at once (ip_vs_ctl.c, __ip_vs_update_dest). */
  configure(setup: DestinationSetup, added: boolean): void {
    if (added || setup.weight !== 0) this.lastWeight = setup.weight;
    this.overloaded = this.#rules.configured(this, setup);
    this.setup = setup;
  }

  /** Counts connections more (ip_vs_conn.c, ip_vs_bind_dest). */
  bind(counter: ConnectionCounter, count = 1): void {
    this[counter] += count;
    this.overloaded = this.#rules.bound(this);
  }

  /** Counts connections fewer (ip_vs_conn.c, ip_vs_unbind_dest). */
  unbind(counter: ConnectionCounter, count = 1): void {
    this[counter] -= count;
    this.overloaded = this.#rules.unbound(this);
  }

  /** Counts a connection otherwise than before, which the thresholds do not look at (ip_vs_proto_tcp.c, set_tcp_state). */
  move(from: ConnectionCounter, to: ConnectionCounter): void {
    this[from]--;
    this[to]++;
  }

  /** True if its family is not the service's; only a tunnel can lead there. */
  get foreign(): boolean {
    return this.identity.family !== this.service.identity.family;
  }

  get inUse(): boolean {
    return this.active + this.inactive + this.persistent + this.held > 0;
  }
}
