import { Estimator } from './estimator.ts';
import type { ServiceIdentity } from './service-identity.ts';

/** The identity of a destination within its service. */
export interface DestinationIdentity {
  readonly family: number;
  /** 16 bytes. */
  readonly address: Buffer;
  readonly port: number;
}

/** The configuration of a destination, as the kernel's numbers. */
export interface DestinationSetup {
  readonly forwarding: number;
  readonly weight: number;
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  readonly tunnelType: number;
  readonly tunnelPort: number;
  readonly tunnelFlags: number;
}

/** The service of a destination, as far as the destination knows it. */
export interface OwningService {
  readonly identity: ServiceIdentity;
  readonly destinations: {
    add(destination: RealServer): void;
    remove(destination: RealServer): void;
  };
}

/** `struct ip_vs_dest`. */
export class RealServer {
  readonly identity: DestinationIdentity;
  readonly estimator = new Estimator();
  /** The service it belongs to, or belonged to when it was removed. */
  service: OwningService;
  setup: DestinationSetup;
  active = 0;
  inactive = 0;
  persistent = 0;
  /** Time at which it was first found unused in the trash, in seconds of the fake's clock. */
  idleSince: number | undefined;

  constructor(identity: DestinationIdentity, setup: DestinationSetup, service: OwningService) {
    this.identity = identity;
    this.setup = setup;
    this.service = service;
  }

  /** True if its family is not the service's; only a tunnel can lead there. */
  get foreign(): boolean {
    return this.identity.family !== this.service.identity.family;
  }

  get inUse(): boolean {
    return this.active + this.inactive + this.persistent > 0;
  }
}
