import type { TableEntrySpec } from 'ipvs/reconcile';
import type { ObjectKey } from '../objects/object.ts';
import type { ServiceProtocol } from '../objects/service.ts';

/** Where the address of a virtual service comes from. */
export type AddressSource = 'clusterIP' | 'loadBalancer' | 'externalIP' | 'nodePort' | 'fwmark';

/** A virtual service that is wanted, and why. */
export interface VirtualService {
  /** Service and destinations, as `ipvs/reconcile` takes them. */
  readonly entry: TableEntrySpec;
  readonly source: AddressSource;
  readonly owner: ObjectKey;
  /** The port of the owner that it is for; its name may be empty. */
  readonly port: { readonly name: string; readonly protocol: ServiceProtocol };
}

/** A port on which a load balancer asks whether the node has endpoints of a Service. */
export interface HealthCheck {
  /** `spec.healthCheckNodePort`. */
  readonly port: number;
  readonly owner: ObjectKey;
  /** Pods on this node that are ready: different addresses, of whichever family has more of them. */
  readonly localEndpoints: number;
}

/** Whether two virtual services are the same in all that is programmed and shown. */
export function sameVirtualService(a: VirtualService, b: VirtualService): boolean {
  return a.source === b.source && sameOwner(a, b) && a.port.name === b.port.name && sameEntry(a.entry, b.entry);
}

/** Whether two health checks give the same answer. */
export function sameHealthCheck(a: HealthCheck, b: HealthCheck): boolean {
  return a.port === b.port && a.localEndpoints === b.localEndpoints && sameOwner(a, b);
}

function sameOwner({ owner: a }: { owner: ObjectKey }, { owner: b }: { owner: ObjectKey }): boolean {
  return a.namespace === b.namespace && a.name === b.name;
}

/** For entries with the same key. Both were made by the same function, so that their properties are the same. */
function sameEntry(a: TableEntrySpec, b: TableEntrySpec): boolean {
  if (a.service.scheduler !== b.service.scheduler) return false;
  if (a.service.persistence?.timeout !== b.service.persistence?.timeout) return false;
  if (a.destinations.length !== b.destinations.length) return false;
  return a.destinations.every((destination, i) => {
    const other = b.destinations[i];
    return destination.address === other?.address && destination.port === other.port;
  });
}
