import { familyOf } from '../../objects/address.ts';
import type { Service, ServicePort } from '../../objects/service.ts';
import type { Element } from '../element.ts';
import type { NodeContext } from '../node-facts.ts';
import type { ClaimContext, Report } from './context.ts';
import { isLocal, type PortEndpoint } from './endpoints.ts';
import type { Frontend } from './frontends.ts';

/** The elements of an address and port: for the address bound, the port let through, and its sources. */
export function frontendElements(
  service: Service,
  servicePort: ServicePort,
  { source, address, port, field }: Frontend,
  context: ClaimContext,
  report: Report,
): Element[] {
  const value = transportAddress(address, servicePort, port);
  const elements: Element[] = [{ set: 'services', value }];
  // The node's own addresses are not bound, nor is anything else on them to be refused.
  if (source === 'nodePort') return elements;
  // One that an interface has is answered anyway, and must not be taken from it when the Service goes.
  if (source === 'clusterIP' || !context.node.addresses.has(address)) elements.push({ set: 'vips', value: address });
  if (source !== 'loadBalancer') return elements;
  const { sourceRanges, healthCheckNodePort } = service;
  if (sourceRanges) {
    const sources = sourcesFor(address, field, service, context.node, report);
    elements.push({ set: 'restricted', value: { ...value, sources } });
  }
  // Some load balancers ask at the address itself whether the node has endpoints.
  if (hasHealthCheck(service))
    elements.push({ set: 'services', value: { address, protocol: 'tcp', port: healthCheckNodePort } });
  return elements;
}

/**
 * Sources that may use a load balancer's address: the ranges of its family. With ranges of the other family alone nobody
 * may, unlike in kube-proxy, where all may.
 */
function sourcesFor(
  address: string,
  field: string,
  { sourceRanges = [] }: Service,
  node: NodeContext,
  report: Report,
): string[] {
  const family = familyOf(address);
  const sources = sourceRanges.filter((range) => range.family === family).map(({ text }) => text);
  const rule = `must name a source for ${field}, or nobody may connect to it`;
  if (sources.length === 0) report('NoSourceRange', 'spec.loadBalancerSourceRanges', address, rule);
  // A node connects with the address itself as its source, as routes to local addresses have it.
  const isNodeAllowed = sourceRanges.some((range) => [...node.addresses].some((own) => range.has(own)));
  return isNodeAllowed && sources.length > 0 ? [...sources, address] : sources;
}

/** Endpoints on this node, which may reach themselves. */
export function hairpinElements(port: ServicePort, endpoints: readonly PortEndpoint[], node: NodeContext): Element[] {
  return endpoints
    .filter((endpoint) => isLocal(endpoint, node))
    .map((endpoint) => ({ set: 'hairpins', value: transportAddress(endpoint.address, port, endpoint.port) }));
}

/** Whether load balancers ask each node on a port of its own for its endpoints. */
export function hasHealthCheck({ type, externalTrafficPolicy, healthCheckNodePort }: Service): boolean {
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local' && healthCheckNodePort !== 0;
}

/** An address with a port, in the packet filter's words. */
export function transportAddress(address: string, { protocol }: Pick<ServicePort, 'protocol'>, port: number) {
  return { address, protocol: ipvsProtocol(protocol), port };
}

/** A protocol in the words of `ipvs`. */
export function ipvsProtocol(protocol: ServicePort['protocol']): 'tcp' | 'udp' | 'sctp' {
  switch (protocol) {
    case 'TCP':
      return 'tcp';
    case 'UDP':
      return 'udp';
    case 'SCTP':
      return 'sctp';
  }
}
