import { canonicalAddress, familyOf, isOrdinary, type Network, parseNetwork } from './address.ts';
import { type FieldReader, type Parsed, parseFields } from './field-reader.ts';
import type { ObjectBase } from './object.ts';

/** Annotation of a Service that names the scheduler of its virtual services, such as `lc`: a module without `ip_vs_`. */
export const SCHEDULER_ANNOTATION = 'ipvs.kubernetes/scheduler';
/** Label of a Service that is for the service proxy of that name, and for no other. */
export const SERVICE_PROXY_NAME_LABEL = 'service.kubernetes.io/service-proxy-name';
/** Label that the controllers put on headless Services and their slices. */
export const HEADLESS_LABEL = 'service.kubernetes.io/headless';

/** Transport protocols of Service ports. */
export type ServiceProtocol = 'TCP' | 'UDP' | 'SCTP';
/** Whether traffic goes to endpoints anywhere, or to those of this node alone. */
export type TrafficPolicy = 'Cluster' | 'Local';

/** A port of a Service. */
export interface ServicePort {
  /** Joins it with the ports of slices; empty where the Service has a single port without a name. */
  readonly name: string;
  readonly protocol: ServiceProtocol;
  readonly port: number;
  /** Port at the node's own addresses; 0 for none. */
  readonly nodePort: number;
  /** Index in `spec.ports`, for messages. */
  readonly index: number;
}

/** An address at which a Service is reached from outside. */
export interface ExternalAddress {
  /** Canonical. */
  readonly address: string;
  /** Index in `spec.externalIPs` or `status.loadBalancer.ingress`, for messages. */
  readonly index: number;
}

/** A Service: what the agent reads of it, with the API server's defaults. */
export interface Service extends ObjectBase {
  readonly kind: 'Service';
  /** Milliseconds since 1970; infinite where it is not known, since such a Service is the youngest. */
  readonly createdAt: number;
  /** `spec.type`, by default `'ClusterIP'`. */
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  /** `spec.clusterIPs`: the first of each family, canonical. Empty for a headless Service. */
  readonly clusterIPs: readonly string[];
  readonly ports: readonly ServicePort[];
  /** `spec.externalIPs`. */
  readonly externalIPs: readonly ExternalAddress[];
  /** Those of `status.loadBalancer.ingress` that packets reach the node with: with `ip`, and of `ipMode` VIP. */
  readonly ingress: readonly ExternalAddress[];
  /** `spec.internalTrafficPolicy`, by default `'Cluster'`. */
  readonly internalTrafficPolicy: TrafficPolicy;
  /** `spec.externalTrafficPolicy`, by default `'Cluster'`. */
  readonly externalTrafficPolicy: TrafficPolicy;
  /** `spec.healthCheckNodePort`; 0 for none. */
  readonly healthCheckNodePort: number;
  /** `spec.loadBalancerSourceRanges`; undefined where none are given, empty where none of them is valid. */
  readonly sourceRanges: readonly Network[] | undefined;
  /** Seconds for which a client stays at its endpoint: with `sessionAffinity: ClientIP`, by default 10800; 0 without. */
  readonly affinityTimeout: number;
  /** The label {@link SERVICE_PROXY_NAME_LABEL}; undefined without, which is not the same as empty. */
  readonly serviceProxyName: string | undefined;
  /** Whether there is the label {@link HEADLESS_LABEL}, whatever its value. */
  readonly headless: boolean;
  /** The annotation {@link SCHEDULER_ANNOTATION}. */
  readonly scheduler: string | undefined;
}

/** Transport protocols, as ports of Services and slices have them. */
export const serviceProtocols: readonly ServiceProtocol[] = ['TCP', 'UDP', 'SCTP'];
const policies: readonly TrafficPolicy[] = ['Cluster', 'Local'];
/** `DefaultClientIPServiceAffinitySeconds` of the API: three hours. */
const DEFAULT_AFFINITY_SECONDS = 10_800;
const MAX_AFFINITY_SECONDS = 86_400;
const ORDINARY = 'must be an address, and neither unspecified, loopback, link-local nor multicast';

/** Reads a Service as the API or YAML has it. Never throws; see {@link Parsed}. */
export function parseService(raw: unknown): Parsed<Service> {
  return parseFields('Service', raw, (fields, base, metadata) => {
    const spec = fields.object('spec');
    const labels = metadata.object('labels');
    return {
      ...base,
      createdAt: parseTime(metadata, 'creationTimestamp') ?? Number.POSITIVE_INFINITY,
      type: spec.oneOf('type', ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']) ?? 'ClusterIP',
      clusterIPs: parseClusterIPs(spec),
      ports: spec.objects('ports', parsePort),
      externalIPs: spec.strings('externalIPs', parseExternalIP, ORDINARY),
      ingress: fields.object('status').object('loadBalancer').objects('ingress', parseIngress),
      internalTrafficPolicy: spec.oneOf('internalTrafficPolicy', policies) ?? 'Cluster',
      externalTrafficPolicy: spec.oneOf('externalTrafficPolicy', policies) ?? 'Cluster',
      healthCheckNodePort: spec.integer('healthCheckNodePort', 0, 65_535) ?? 0,
      sourceRanges: parseSourceRanges(spec),
      affinityTimeout: parseAffinity(spec),
      serviceProxyName: labels.string(SERVICE_PROXY_NAME_LABEL),
      headless: labels.has(HEADLESS_LABEL),
      scheduler: metadata.object('annotations').string(SCHEDULER_ANNOTATION),
    };
  });
}

/** A time in RFC 3339, in milliseconds since 1970. */
export function parseTime(fields: FieldReader, name: string): number | undefined {
  const text = fields.string(name);
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? fields.reject(name, 'must be a time such as 2026-01-31T12:00:00Z') : time;
}

function parseClusterIPs(spec: FieldReader): string[] {
  const addresses = readClusterIPs(spec).filter((address) => address !== '');
  return addresses.filter((address, i) => addresses.findIndex((other) => familyOf(other) === familyOf(address)) === i);
}

/** The addresses as they stand, empty texts for none. */
function readClusterIPs(spec: FieldReader): string[] {
  const parse = (text: string) => (text === '' || text === 'None' ? '' : canonicalAddress(text));
  const rule = 'must be an address, None or empty';
  if (spec.hasItems('clusterIPs')) return spec.strings('clusterIPs', parse, rule);
  // The only one there is in files, as a rule, and before Kubernetes 1.20.
  const address = parse(spec.string('clusterIP') ?? '');
  if (address === undefined) spec.reject('clusterIP', rule);
  return address === undefined ? [] : [address];
}

function parsePort(fields: FieldReader, index: number): ServicePort[] {
  const protocol = parseProtocol(fields);
  const port = fields.has('port') ? fields.integer('port', 1, 65_535) : fields.reject('port', 'must not be absent');
  const nodePort = fields.integer('nodePort', 0, 65_535) ?? 0;
  if (protocol === undefined || port === undefined) return [];
  return [{ name: fields.string('name') ?? '', protocol, port, nodePort, index }];
}

/** A port's protocol, by default TCP; undefined for an invalid one, which must not become another. */
export function parseProtocol(fields: FieldReader): ServiceProtocol | undefined {
  return fields.has('protocol') ? fields.oneOf('protocol', serviceProtocols) : 'TCP';
}

function parseExternalIP(text: string, index: number): ExternalAddress | undefined {
  const address = ordinaryAddress(text);
  return address === undefined ? undefined : { address, index };
}

function parseIngress(fields: FieldReader, index: number): ExternalAddress[] {
  const text = fields.string('ip');
  const mode = fields.oneOf('ipMode', ['VIP', 'Proxy']) ?? 'VIP';
  if (!text || mode === 'Proxy') return []; // reached by its host name, or only through the load balancer
  const address = ordinaryAddress(text);
  if (address !== undefined) return [{ address, index }];
  fields.reject('ip', ORDINARY);
  return [];
}

/** The canonical text of an address that others can reach; undefined for any other text. */
export function ordinaryAddress(text: string): string | undefined {
  const address = canonicalAddress(text);
  return address !== undefined && isOrdinary(address) ? address : undefined;
}

function parseSourceRanges(spec: FieldReader): Network[] | undefined {
  const ranges = spec.strings(
    'loadBalancerSourceRanges',
    (text) => parseNetwork(text.trim()),
    'must be a network such as 192.0.2.0/24',
  );
  return spec.hasItems('loadBalancerSourceRanges') ? ranges : undefined;
}

function parseAffinity(spec: FieldReader): number {
  if (spec.oneOf('sessionAffinity', ['None', 'ClientIP']) !== 'ClientIP') return 0;
  const clientIP = spec.object('sessionAffinityConfig').object('clientIP');
  return clientIP.integer('timeoutSeconds', 1, MAX_AFFINITY_SECONDS) ?? DEFAULT_AFFINITY_SECONDS;
}
