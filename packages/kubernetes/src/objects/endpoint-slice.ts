import { type AddressFamily, familyOf } from './address.ts';
import { type FieldReader, type Parsed, parseFields } from './field-reader.ts';
import type { ObjectBase } from './object.ts';
import { HEADLESS_LABEL, ordinaryAddress, parseProtocol, parseTime, type ServiceProtocol } from './service.ts';

/** Label of a slice that names its Service, which is in the same namespace. */
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
/** Annotation of a slice with the time of the change that led to it. */
export const TRIGGER_TIME_ANNOTATION = 'endpoints.kubernetes.io/last-change-trigger-time';

/** A port of a slice, which all of its endpoints have. */
export interface EndpointPort {
  /** Joins it with the port of the Service; by default empty. */
  readonly name: string;
  readonly protocol: ServiceProtocol;
  readonly port: number;
}

/** An endpoint of a slice. */
export interface Endpoint {
  /** The first of `addresses`, canonical; the others mean the same endpoint and are not used. */
  readonly address: string;
  /** Absent where it is on no node; such an endpoint is never local. */
  readonly nodeName: string | undefined;
  /** `conditions.ready`, by default true. */
  readonly ready: boolean;
  /** `conditions.serving`, by default true. */
  readonly serving: boolean;
  /** `conditions.terminating`, by default false. */
  readonly terminating: boolean;
  /** Names of `hints.forZones`; empty where it has none. */
  readonly zoneHints: readonly string[];
  /** Names of `hints.forNodes`; empty where it has none. */
  readonly nodeHints: readonly string[];
}

/** An EndpointSlice: what the agent reads of it, with the API server's defaults. */
export interface EndpointSlice extends ObjectBase {
  readonly kind: 'EndpointSlice';
  /** Family of its endpoints; undefined for `addressType: FQDN`, which is not served. */
  readonly family: AddressFamily | undefined;
  /** The label {@link SERVICE_NAME_LABEL}; empty where it belongs to no Service. */
  readonly serviceName: string;
  /** Whether there is the label `service.kubernetes.io/headless`, whatever its value. */
  readonly headless: boolean;
  /** Ports that have a number; one without would mean all ports, which no proxy implements. */
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
  /** The annotation {@link TRIGGER_TIME_ANNOTATION}, in milliseconds since 1970. */
  readonly triggeredAt: number | undefined;
}

const NO_HINTS: readonly string[] = [];

/** Reads an EndpointSlice as the API or YAML has it. Never throws; see {@link Parsed}. */
export function parseEndpointSlice(raw: unknown): Parsed<EndpointSlice> {
  return parseFields('EndpointSlice', raw, (fields, base, metadata) => {
    const labels = metadata.object('labels');
    const family = parseFamily(fields);
    return {
      ...base,
      family,
      serviceName: labels.string(SERVICE_NAME_LABEL) ?? '',
      headless: labels.has(HEADLESS_LABEL),
      ports: fields.objects('ports', parsePort),
      endpoints: family ? fields.objects('endpoints', (endpoint) => parseEndpoint(endpoint, family)) : [],
      triggeredAt: parseTime(metadata.object('annotations'), TRIGGER_TIME_ANNOTATION),
    };
  });
}

function parseFamily(fields: FieldReader): AddressFamily | undefined {
  if (!fields.has('addressType')) return fields.reject('addressType', 'must not be absent');
  const type = fields.oneOf('addressType', ['IPv4', 'IPv6', 'FQDN']);
  return type === 'IPv4' ? 'inet' : type === 'IPv6' ? 'inet6' : undefined;
}

function parsePort(fields: FieldReader): EndpointPort[] {
  const protocol = parseProtocol(fields);
  const port = fields.integer('port', 0, 65_535);
  if (protocol === undefined || !port) return [];
  return [{ name: fields.string('name') ?? '', protocol, port }];
}

function parseEndpoint(fields: FieldReader, family: AddressFamily): Endpoint[] {
  const [address] = fields.strings('addresses', (text) => text, 'must be a string');
  const canonical = address === undefined ? undefined : ordinaryAddress(address);
  if (canonical === undefined || familyOf(canonical) !== family) {
    const kind = family === 'inet' ? 'IPv4' : 'IPv6';
    fields.reject('addresses', `must begin with an ${kind} address that other machines can reach`);
    return [];
  }
  const conditions = fields.object('conditions');
  const hints = fields.object('hints');
  return [
    {
      address: canonical,
      nodeName: fields.string('nodeName'),
      ready: conditions.boolean('ready') ?? true,
      serving: conditions.boolean('serving') ?? true,
      terminating: conditions.boolean('terminating') ?? false,
      zoneHints: parseHints(hints, 'forZones'),
      nodeHints: parseHints(hints, 'forNodes'),
    },
  ];
}

function parseHints(hints: FieldReader, name: 'forZones' | 'forNodes'): readonly string[] {
  const names = hints.objects(name, (hint) => listOf(hint.string('name')));
  return names.length > 0 ? names : NO_HINTS;
}

function listOf<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}
