import type { Scheduler } from '../schedulers/scheduler.ts';
import { DestinationList } from '../servers/destination-list.ts';
import { Estimator } from '../servers/estimator.ts';
import type { ServiceIdentity } from '../servers/service-identity.ts';

/** Ticks of the kernel's clock in a second; Debian's kernels are built with 250. */
export const HZ = 250;

/** The most that a timeout in seconds may be (ip_vs_ctl.c, ip_vs_set_timeout). */
export const MAX_TIMEOUT = Math.floor(0x7fffffff / HZ);

/** The configuration of a service, as the kernel's numbers. */
export interface ServiceSetup {
  readonly scheduler: string;
  /** Empty for none. */
  readonly engine: string;
  readonly flags: number;
  /** Seconds. */
  readonly timeout: number;
  /** The four bytes as a number in host order: a mask for IPv4, a prefix length for IPv6. */
  readonly netmask: number;
}

/** `struct ip_vs_service`. */
export class VirtualService {
  readonly identity: ServiceIdentity;
  readonly destinations = new DestinationList();
  readonly estimator = new Estimator();
  scheduler = '';
  engine = '';
  flags = 0;
  /** In ticks, in 32 bits, which wrap. */
  timeout = 0;
  netmask = 0;
  /** The scheduler at work; undefined for `none`, and for one that the fake does not imitate. */
  scheduling: Scheduler | undefined;

  constructor(identity: ServiceIdentity, setup: ServiceSetup) {
    this.identity = identity;
    this.update(setup);
  }

  update({ scheduler, engine, flags, timeout, netmask }: ServiceSetup): void {
    this.scheduler = scheduler;
    this.engine = engine;
    this.flags = flags;
    this.timeout = Math.imul(timeout, HZ) >>> 0;
    this.netmask = netmask;
  }

  zero(): void {
    this.estimator.zero();
    for (const { estimator } of this.destinations.list()) estimator.zero();
  }
}
