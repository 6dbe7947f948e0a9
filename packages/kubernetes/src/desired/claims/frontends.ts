import { type AddressFamily, familyOf } from '../../objects/address.ts';
import type { ExternalAddress, Service, ServicePort } from '../../objects/service.ts';
import type { NodeContext } from '../node-facts.ts';
import type { AddressSource } from '../virtual-service.ts';
import type { ClaimContext, Report } from './context.ts';

/** An address at which all ports of a Service are reached. */
export interface FrontendAddress {
  readonly source: AddressSource;
  readonly address: string;
  /** The field that names it, for messages. */
  readonly field: string;
}

/** An address and port at which one port of a Service is reached. */
export interface Frontend extends FrontendAddress {
  readonly port: number;
  /** The value of the field. */
  readonly value: unknown;
}

/** The cluster IP with a port. */
export function clusterFrontend(address: string, { port }: ServicePort): Frontend {
  return { source: 'clusterIP', address, port, field: 'spec.clusterIPs', value: address };
}

/** Everything at which a port is reached from outside: the addresses with the port, the node's own with its node port. */
export function externalFrontends(
  addresses: readonly FrontendAddress[],
  service: Service,
  family: AddressFamily,
  { port, nodePort, index }: ServicePort,
  node: NodeContext,
): Frontend[] {
  const hasNodePort = nodePort !== 0 && (service.type === 'NodePort' || service.type === 'LoadBalancer');
  const field = `spec.ports[${index}].nodePort`;
  return [
    ...addresses.map((each) => ({ ...each, port, value: each.address })),
    ...(hasNodePort ? node.nodePortAddresses[family] : []).map(
      (address): Frontend => ({ source: 'nodePort', address, port: nodePort, field, value: nodePort }),
    ),
  ];
}

/**
 * Load balancers' addresses and external IPs of a family. Those of a load balancer come first: an address that is both has
 * source ranges. An address of another node is refused, since that node could not be reached any more.
 */
export function externalAddresses(
  { type, ingress, externalIPs }: Service,
  family: AddressFamily,
  { node, otherNodeWith }: ClaimContext,
  report: Report,
): FrontendAddress[] {
  const from = (addresses: readonly ExternalAddress[], source: AddressSource, fieldOf: (index: number) => string) =>
    addresses.map(({ address, index }) => ({ source, address, field: fieldOf(index) }));
  const all = [
    ...from(type === 'LoadBalancer' ? ingress : [], 'loadBalancer', (i) => `status.loadBalancer.ingress[${i}].ip`),
    ...from(externalIPs, 'externalIP', (i) => `spec.externalIPs[${i}]`),
  ];
  return all.filter(({ address, field }) => {
    if (familyOf(address) !== family) return false;
    const other = node.ownAddresses.has(address) ? undefined : otherNodeWith(address);
    if (other === undefined) return true;
    report('AddressOfOtherNode', field, address, `must not be an address of node ${other}, which would be cut off`);
    return false;
  });
}
