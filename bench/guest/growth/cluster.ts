/** A service of the cluster that is programmed: one address, port 80, ten endpoints. */
export interface ClusterService {
  readonly name: string;
  readonly address: string;
  readonly endpoints: readonly string[];
}

export const PORT = 80;
export const TARGET_PORT = 8080;
/** The network of the services, of which each has an address. */
export const SERVICE_NETWORK = '10.96.0.0/12';
/** The network from which clients are not masqueraded. */
export const POD_NETWORK = '10.244.0.0/16';
export const ENDPOINTS = 10;

/** Endpoint number `j` of those that have a server: all services share them, each has entries of its own. */
export function endpointAddress(j: number): string {
  return `10.2.0.${j + 1}`;
}

/** The `i`th service, of which the address is another for each. */
export function clusterService(i: number): ClusterService {
  const address = `10.${96 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;
  return {
    name: `default/service-${i}`,
    address,
    endpoints: Array.from({ length: ENDPOINTS }, (_, j) => endpointAddress(j)),
  };
}

/** `count` services, from the first or another one on; addresses begin with 10.96.1.0. */
export function clusterServices(count: number, from = 0): ClusterService[] {
  return Array.from({ length: count }, (_, i) => clusterService(256 + from + i));
}

/** The service with its last endpoint replaced by one that it has not. */
export function withOtherEndpoint(service: ClusterService): ClusterService {
  return { ...service, endpoints: [...service.endpoints.slice(0, -1), endpointAddress(ENDPOINTS)] };
}
