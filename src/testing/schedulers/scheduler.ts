import type { DestinationObserver, RealServer } from '../servers/real-server.ts';

/** The first packet of a connection, as far as a scheduler looks at it. */
export interface Packet {
  readonly sourceAddress: Buffer;
  readonly sourcePort: number;
  readonly destinationAddress: Buffer;
}

/** The service that a scheduler chooses destinations for. */
export interface ScheduledService {
  readonly identity: { readonly family: number };
  /** `IP_VS_SVC_F_*`. */
  readonly flags: number;
  /** The newest first. */
  readonly destinations: { readonly size: number; list(): readonly RealServer[] };
}

/** What a scheduler needs besides its service. */
export interface Surroundings {
  /** Seconds of the fake's clock. */
  readonly now: number;
  /** A number from 0 to below 1. */
  random(): number;
  /** The kernel's byte order. */
  readonly littleEndian: boolean;
  /** The value of a sysctl below net.ipv4.vs. */
  sysctl(name: string): number;
}

/** A scheduler at work for one service: `struct ip_vs_scheduler` with the `sched_data` of a service. */
export interface Scheduler extends DestinationObserver {
  /** The destination of a new connection; undefined when none takes it. */
  schedule(packet: Packet): RealServer | undefined;
  /** The service has another scheduler from now on, or is gone (`done_service`). */
  end?(): void;
  /** Time of its timer's next turn, in seconds of the fake's clock. */
  readonly due?: number;
  /** The turn of its timer. */
  tick?(): void;
}

/** Puts a scheduler to work for a service (`init_service`). */
export type SchedulerFactory = (service: ScheduledService, surroundings: Surroundings) => Scheduler;

/** True for a destination that may get new connections: weight above 0, not overloaded. */
export function takesMore({ setup, overloaded }: RealServer): boolean {
  return setup.weight > 0 && !overloaded;
}
