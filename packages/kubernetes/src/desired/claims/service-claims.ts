import { type DestinationSpec, describeService, type ServiceSpec } from 'ipvs';
import { type AddressFamily, familyOf } from '../../objects/address.ts';
import type { EndpointSlice } from '../../objects/endpoint-slice.ts';
import type { Problem } from '../../objects/problem.ts';
import type { Service, ServicePort } from '../../objects/service.ts';
import type { Element } from '../element.ts';
import { countMarks, markAt } from '../marks.ts';
import type { NodeContext } from '../node-facts.ts';
import type { Settings } from '../options.ts';
import type { HealthCheck, VirtualService } from '../virtual-service.ts';
import type { Claim, Claimant } from './claims.ts';
import type { ClaimContext, Report } from './context.ts';
import { frontendElements, hairpinElements, hasHealthCheck, ipvsProtocol, transportAddress } from './elements.ts';
import { type ChosenEndpoints, chooseEndpoints, endpointsOf, isLocal, type PortEndpoint } from './endpoints.ts';
import {
  clusterFrontend,
  externalAddresses,
  externalFrontends,
  type Frontend,
  type FrontendAddress,
} from './frontends.ts';
import { hash, shuffled } from './hash.ts';
import { schedulingOf } from './scheduling.ts';

/** The claim of a Service to a virtual service, with all that is needed for it. */
export interface VirtualServiceClaim extends Claim {
  readonly virtual: VirtualService;
  readonly elements: readonly Element[];
  /** The virtual service of a firewall mark for clients in the cluster, if this one has such, and the mark's element. */
  readonly marked?: { readonly id: string; readonly element: Element } | undefined;
}

/** The claim of a Service to the port of its health check. */
export interface HealthCheckClaim extends Claim {
  readonly check: HealthCheck;
}

/** All that one Service asks for, whatever other Services do. */
export interface ServiceClaims {
  readonly virtualServices: readonly VirtualServiceClaim[];
  readonly healthCheck: HealthCheckClaim | undefined;
  readonly problems: readonly Problem[];
  readonly withoutLocalEndpoints: WithoutLocalEndpoints;
}

/** Ports of a policy `Local` that have endpoints, but none on this node. */
export interface WithoutLocalEndpoints {
  readonly internal: number;
  readonly external: number;
}

/** Claims of a Service that is not served. */
export const noClaims: ServiceClaims = {
  virtualServices: [],
  healthCheck: undefined,
  problems: [],
  withoutLocalEndpoints: { internal: 0, external: 0 },
};

const families: readonly AddressFamily[] = ['inet', 'inet6'];

/** Whether a Service is ours and has virtual services at all (`ShouldSkipService` of kube-proxy, and its selectors). */
export function isServed(service: Service, { services, serviceProxyName }: Settings): boolean {
  const { serviceProxyName: label, type, clusterIPs, headless } = service;
  if (label === undefined ? services === 'labelled' : label !== serviceProxyName) return false;
  return type !== 'ExternalName' && !headless && clusterIPs.length > 0;
}

/**
 * What a Service asks for. Pure.
 * @param slices those of the Service, in an order of their own
 */
export function claimsOf(service: Service, slices: readonly EndpointSlice[], context: ClaimContext): ServiceClaims {
  if (!isServed(service, context.settings)) return noClaims;
  const own = slices.filter((slice) => !slice.headless);
  const problems = [...service.problems, ...own.flatMap((slice) => slice.problems)];
  const { kind, namespace, name, uid, createdAt } = service;
  const report: Report = (reason, field, value, rule) =>
    problems.push({ reason, object: { kind, namespace, name, uid }, field, value, rule });
  const claims = new PortClaims({ kind, namespace, name, uid, createdAt }, service, context, report);
  const ports = families.flatMap((family) => portsOf(service, own, family, context, report));
  for (const port of ports) claims.addPort(port);
  return {
    virtualServices: claims.virtualServices,
    healthCheck: hasHealthCheck(service) ? healthCheckOf(service, ports, context.node) : undefined,
    problems,
    withoutLocalEndpoints: claims.withoutLocalEndpoints,
  };
}

/** A port of a Service in one family, with its addresses and endpoints. */
interface FamilyPort {
  readonly family: AddressFamily;
  readonly port: ServicePort;
  readonly internal: Frontend;
  readonly external: readonly Frontend[];
  readonly endpoints: readonly PortEndpoint[];
}

/** The families are apart: without a cluster IP of its own a family has neither external addresses nor node ports. */
function portsOf(
  service: Service,
  slices: readonly EndpointSlice[],
  family: AddressFamily,
  context: ClaimContext,
  report: Report,
): FamilyPort[] {
  const clusterIP = service.clusterIPs.find((address) => familyOf(address) === family);
  if (clusterIP === undefined) return [];
  const addresses: readonly FrontendAddress[] = externalAddresses(service, family, context, report);
  return service.ports.map((port) => ({
    family,
    port,
    internal: clusterFrontend(clusterIP, port),
    external: externalFrontends(addresses, service, family, port, context.node),
    endpoints: endpointsOf(slices, family, port),
  }));
}

/** Endpoints for the frontends of a port, and whether clients see their own address. */
interface Backend {
  readonly endpoints: readonly PortEndpoint[];
  /** The set that says whose source address is masqueraded, if anybody's is. */
  readonly masquerade: 'masquerade' | 'masqueradeFromOutside' | 'masqueradeFromNode' | undefined;
}

/** Collects the claims of a Service's ports. */
class PortClaims {
  readonly #claimant: Claimant;
  readonly #service: Service;
  readonly #context: ClaimContext;
  readonly #report: Report;
  readonly #scheduling: ReturnType<typeof schedulingOf>;
  readonly #seed: number;
  /** The port of the Service that each claim is for. */
  readonly #ports = new Map<string, ServicePort>();
  readonly #claims = new Map<string, VirtualServiceClaim>();
  readonly #withoutLocal = { internal: 0, external: 0 };

  constructor(claimant: Claimant, service: Service, context: ClaimContext, report: Report) {
    this.#claimant = claimant;
    this.#service = service;
    this.#context = context;
    this.#report = report;
    this.#scheduling = schedulingOf(service, context.settings, report);
    this.#seed = hash(context.node.name);
  }

  get virtualServices(): readonly VirtualServiceClaim[] {
    return [...this.#claims.values()];
  }

  get withoutLocalEndpoints(): WithoutLocalEndpoints {
    return this.#withoutLocal;
  }

  addPort(of: FamilyPort): void {
    const chosen = chooseEndpoints(of.endpoints, this.#context.node);
    this.#claim(of.port, of.internal, this.#internalBackend(of.family, chosen));
    if (of.external.length === 0) return;
    const backend = this.#externalBackend(chosen);
    const mark = this.#needsMark ? this.#claimMark(of, chosen.cluster) : undefined;
    for (const frontend of of.external) this.#claim(of.port, frontend, backend, mark);
  }

  #internalBackend(family: AddressFamily, { cluster, local }: ChosenEndpoints): Backend {
    // Who is a pod is not known where no network of pods is, and a pod that is masqueraded is hidden from policies.
    const hasPods = this.#context.node.podCIDRs[family].length > 0;
    const masquerade = hasPods ? 'masqueradeFromOutside' : 'masqueradeFromNode';
    if (this.#service.internalTrafficPolicy !== 'Local') return { endpoints: cluster, masquerade };
    if (local.length === 0 && cluster.length > 0) this.#withoutLocal.internal++;
    return { endpoints: local, masquerade };
  }

  #externalBackend({ cluster, local }: ChosenEndpoints): Backend {
    const everywhere = { endpoints: cluster, masquerade: 'masquerade' } as const;
    if (this.#service.externalTrafficPolicy !== 'Local') return everywhere;
    const lacksLocal = local.length === 0 && cluster.length > 0;
    if (lacksLocal) this.#withoutLocal.external++;
    if (lacksLocal && this.#context.settings.localFallback === 'cluster') return everywhere;
    return { endpoints: local, masquerade: undefined };
  }

  /** Whether clients in the cluster are to reach other endpoints than those outside. */
  get #needsMark(): boolean {
    return this.#service.externalTrafficPolicy === 'Local' && this.#context.settings.localFallback === 'fwmark';
  }

  #claim(port: ServicePort, frontend: Frontend, { endpoints, masquerade }: Backend, mark?: number): void {
    const { source, address, field, value } = frontend;
    const place = transportAddress(address, port, frontend.port);
    const elements = frontendElements(this.#service, port, frontend, this.#context, this.#report);
    if (masquerade) elements.push({ set: masquerade, value: place });
    const key = { protocol: ipvsProtocol(port.protocol), address, port: frontend.port };
    this.#add(port, { ...key, ...this.#scheduling }, endpoints, elements, {
      source,
      subject: `${port.protocol} port ${frontend.port}`,
      field,
      value,
      conflict: 'AddressConflict',
      marked: mark === undefined ? undefined : markOf(mark, place),
    });
  }

  /** Claims the virtual service by which clients in the cluster reach all endpoints of a port. Returns its mark, if it may have it. */
  #claimMark({ family, port }: FamilyPort, endpoints: readonly PortEndpoint[]): number | undefined {
    const { namespace, name } = this.#service;
    const { marks } = this.#context.settings;
    // Always the same one, so that connections outlive a restart.
    const fwmark = markAt(marks, hash(`${namespace}/${name} ${port.name} ${port.protocol}`) % countMarks(marks));
    const isAdded = this.#add(port, { fwmark, family, ...this.#scheduling }, endpoints, [], {
      source: 'fwmark',
      subject: `firewall mark ${fwmark}`,
      field: 'spec.externalTrafficPolicy',
      value: 'Local',
      conflict: 'MarkConflict',
    });
    return isAdded ? fwmark : undefined;
  }

  #add(
    port: ServicePort,
    service: ServiceSpec,
    endpoints: readonly PortEndpoint[],
    elements: readonly Element[],
    rest: Pick<VirtualServiceClaim, 'subject' | 'field' | 'value' | 'conflict' | 'marked'> &
      Pick<VirtualService, 'source'>,
  ): boolean {
    const { source, ...claim } = rest;
    const id = describeService(service);
    const known = this.#claims.get(id);
    if (known) {
      // An address may be named twice, as an external IP and as a load balancer's; the same port may not.
      if (this.#ports.get(id) !== port)
        this.#report(
          claim.conflict,
          claim.field,
          claim.value,
          `must not use ${claim.subject} for two ports of the Service`,
        );
      return false;
    }
    // No more of the Service than is compared: a port that moves in its list is the same.
    const { kind, namespace, name } = this.#claimant;
    const entry = { service, destinations: this.#destinations(endpoints) };
    const portKey = { name: port.name, protocol: port.protocol };
    this.#ports.set(id, port);
    this.#claims.set(id, {
      id,
      claimant: this.#claimant,
      ...claim,
      isAllotted: source === 'clusterIP' || source === 'nodePort',
      virtual: { entry, source, owner: { kind, namespace, name }, port: portKey },
      elements: [...elements, ...hairpinElements(port, endpoints, this.#context.node)],
    });
    return true;
  }

  /** Endpoints in an order that is this node's own. */
  #destinations(endpoints: readonly PortEndpoint[]): DestinationSpec[] {
    const textOf = ({ address, port }: PortEndpoint) => `${address} ${port}`;
    return shuffled(endpoints, this.#seed, textOf).map(({ address, port }) => ({ address, port }));
  }
}

function markOf(mark: number, place: ReturnType<typeof transportAddress>): VirtualServiceClaim['marked'] {
  const family = familyOf(place.address);
  return { id: describeService({ fwmark: mark, family }), element: { set: 'marks', value: { ...place, mark } } };
}

/** Counts pods, which have several ports, and as a rule an address of each family. */
function healthCheckOf(service: Service, ports: readonly FamilyPort[], node: NodeContext): HealthCheckClaim {
  const { kind, namespace, name, uid, createdAt, healthCheckNodePort: port } = service;
  const claimant: Claimant = { kind, namespace, name, uid, createdAt };
  const counts = families.map((family) => {
    const endpoints = ports.filter((each) => each.family === family).flatMap((each) => each.endpoints);
    return new Set(endpoints.filter((each) => each.ready && isLocal(each, node)).map(({ address }) => address)).size;
  });
  return {
    id: `health check ${port}`,
    claimant,
    subject: `TCP port ${port}`,
    field: 'spec.healthCheckNodePort',
    value: port,
    conflict: 'AddressConflict',
    check: { port, owner: { kind, namespace, name }, localEndpoints: Math.max(...counts) },
  };
}
