import type { DestinationSpec } from 'ipvs';
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
  /** Where it leads clients that reach it by a firewall mark, if any do: the destinations of that mark's virtual service. */
  readonly markedDestinations?: readonly DestinationSpec[];
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
  if (a.source !== b.source || !sameOwner(a, b)) return false;
  if (a.port.name !== b.port.name || a.port.protocol !== b.port.protocol) return false;
  const [ofA, ofB] = [a.markedDestinations, b.markedDestinations];
  if (ofA === undefined || ofB === undefined ? ofA !== ofB : !sameDestinations(ofA, ofB)) return false;
  return sameEntry(a.entry, b.entry);
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
  return sameDestinations(a.destinations, b.destinations);
}

function sameDestinations(some: readonly DestinationSpec[], others: readonly DestinationSpec[]): boolean {
  if (some.length !== others.length) return false;
  return some.every(({ address, port }, i) => address === others[i]?.address && port === others[i]?.port);
}
