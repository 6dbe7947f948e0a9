import { type EndpointSlice, parseEndpointSlice } from './endpoint-slice.ts';
import type { Parsed } from './field-reader.ts';
import { type Node, parseNode } from './node.ts';
import type { Kind, KubernetesObject } from './object.ts';
import { parseService, type Service } from './service.ts';

/** How each kind of object is read. */
export const parsers: {
  readonly Service: (raw: unknown) => Parsed<Service>;
  readonly EndpointSlice: (raw: unknown) => Parsed<EndpointSlice>;
  readonly Node: (raw: unknown) => Parsed<Node>;
} = { Service: parseService, EndpointSlice: parseEndpointSlice, Node: parseNode };

/** Reads an object of any kind that the agent knows; undefined for one of another kind or API. Never throws. */
export function parseObject(raw: unknown): Parsed<KubernetesObject> | undefined {
  const kind = kindOf(raw);
  return kind && parsers[kind](raw);
}

/** The kind of a raw object if it is one of those that the agent reads. */
export function kindOf(raw: unknown): Kind | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const { apiVersion, kind } = raw as { readonly apiVersion?: unknown; readonly kind?: unknown };
  if (apiVersion === 'v1' && (kind === 'Service' || kind === 'Node')) return kind;
  if (apiVersion === 'discovery.k8s.io/v1' && kind === 'EndpointSlice') return kind;
  return undefined;
}
