import type { AddressFamily } from '../../objects/address.ts';
import type { Endpoint, EndpointSlice } from '../../objects/endpoint-slice.ts';
import type { ServicePort } from '../../objects/service.ts';
import type { NodeContext } from '../node-facts.ts';

/** An endpoint with the number that the port of the Service has there. */
export interface PortEndpoint extends Endpoint {
  readonly port: number;
}

/**
 * The endpoints of a Service's port: those of every slice port with its name and protocol, which says the number, whatever
 * the Service's targetPort.
 *
 * An address and port that is there twice counts once (`addEndpoints` of kube-proxy): an address is given to a new pod while
 * the old one is still listed, so one that terminates never takes the place of one that does not.
 * @param slices in an order of their own, so that it does not matter in which they came
 */
export function endpointsOf(
  slices: readonly EndpointSlice[],
  family: AddressFamily,
  { name, protocol }: Pick<ServicePort, 'name' | 'protocol'>,
): PortEndpoint[] {
  const endpoints = new Map<string, PortEndpoint>();
  for (const slice of slices) {
    if (slice.family !== family) continue;
    for (const each of slice.ports) {
      if (each.name !== name || each.protocol !== protocol) continue;
      const { port } = each;
      for (const endpoint of slice.endpoints) {
        const id = `${endpoint.address} ${port}`;
        const known = endpoints.get(id);
        if (!known || (known.terminating && !endpoint.terminating)) endpoints.set(id, { ...endpoint, port });
      }
    }
  }
  return [...endpoints.values()];
}

/** The endpoints that take connections, by traffic policy. */
export interface ChosenEndpoints {
  /** For the policy `Cluster`. */
  readonly cluster: readonly PortEndpoint[];
  /** For the policy `Local`. */
  readonly local: readonly PortEndpoint[];
}

/**
 * Chooses endpoints as `CategorizeEndpoints` of kube-proxy does (pkg/proxy/topology.go): those that are ready, by their
 * hints; where there are none, those that terminate but still serve.
 */
export function chooseEndpoints(endpoints: readonly PortEndpoint[], node: NodeContext): ChosenEndpoints {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  const lastResort = endpoints.filter(({ serving, terminating }) => serving && terminating);
  const localReady = ready.filter((endpoint) => isLocal(endpoint, node));
  return {
    cluster: ready.length > 0 ? ready.filter(hinted(ready, node)) : lastResort,
    local: localReady.length > 0 ? localReady : lastResort.filter((endpoint) => isLocal(endpoint, node)),
  };
}

/** Whether an endpoint is on this node. */
export function isLocal({ nodeName }: Endpoint, { name }: NodeContext): boolean {
  return nodeName === name;
}

/** Hints count only if every ready endpoint has one and one of them names us, the node before the zone. */
function hinted(ready: readonly Endpoint[], { name, zone }: NodeContext): (endpoint: Endpoint) => boolean {
  if (isUsable(ready, 'nodeHints', name)) return ({ nodeHints }) => nodeHints.includes(name);
  if (zone !== undefined && isUsable(ready, 'zoneHints', zone)) return ({ zoneHints }) => zoneHints.includes(zone);
  return () => true;
}

function isUsable(ready: readonly Endpoint[], hints: 'nodeHints' | 'zoneHints', own: string): boolean {
  return (
    ready.every((endpoint) => endpoint[hints].length > 0) && ready.some((endpoint) => endpoint[hints].includes(own))
  );
}
