import {
  type EndpointSlice,
  type KubernetesObject,
  type Node,
  parseEndpointSlice,
  parseNode,
  parseService,
  type Service,
} from '../../src/objects/index.ts';

/** Raw fields, as YAML would have them. */
type Fields = Record<string, unknown>;

/** A Service in `default`, valid or not; the test fails if it cannot be read at all. */
export function service(
  name: string,
  spec: Fields,
  { metadata = {}, ...rest }: Fields & { metadata?: Fields } = {},
): Service {
  const raw = { metadata: { name, namespace: 'default', ...metadata }, spec, ...rest };
  return known(parseService(raw).object);
}

/** A port without a name, or with one. */
export function port(number: number, fields: Fields = {}): Fields {
  return { port: number, ...fields };
}

/** A slice in `default` of a Service; of IPv6 where its first endpoint is. */
export function slice(
  name: string,
  serviceName: string,
  ports: readonly Fields[],
  endpoints: readonly Fields[],
  { metadata = {}, ...rest }: Fields & { metadata?: Fields } = {},
): EndpointSlice {
  const [first] = endpoints.flatMap((each) => each['addresses'] as string[]);
  const labels = { 'kubernetes.io/service-name': serviceName };
  return known(
    parseEndpointSlice({
      metadata: { name, namespace: 'default', labels, ...metadata },
      addressType: first?.includes(':') ? 'IPv6' : 'IPv4',
      ports,
      endpoints,
      ...rest,
    }).object,
  );
}

/** Conditions of endpoints by the letters of the test cases: ready, not ready, serving and terminating. */
const conditions: Record<string, Fields> = {
  R: { ready: true, serving: true, terminating: false },
  N: { ready: false, serving: false, terminating: false },
  T: { ready: false, serving: true, terminating: true },
  X: { ready: false, serving: false, terminating: true },
};

/** `10.244.1.2@n1 R z1`: an address, its node, a condition (ready without one) and hints: zones, and nodes with an `@`. */
export function endpoint(text: string): Fields {
  const [at = '', condition = 'R', ...hints] = text.split(' ');
  const [address, nodeName] = at.split('@');
  const named = (names: string[]) => names.map((name) => ({ name }));
  const zones = hints.filter((hint) => !hint.startsWith('@'));
  const nodes = hints.filter((hint) => hint.startsWith('@')).map((hint) => hint.slice(1));
  return {
    addresses: [address],
    ...(nodeName && { nodeName }),
    conditions: conditions[condition],
    ...(hints.length > 0 && {
      hints: {
        ...(zones.length > 0 && { forZones: named(zones) }),
        ...(nodes.length > 0 && { forNodes: named(nodes) }),
      },
    }),
  };
}

/** Several endpoints, in the notation of {@link endpoint}. */
export function endpoints(...texts: string[]): Fields[] {
  return texts.map(endpoint);
}

/** A Node with addresses. */
export function node(
  name: string,
  addresses: readonly string[],
  { labels = {}, spec = {} }: Record<string, Fields> = {},
): Node {
  const status = { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) };
  return known(parseNode({ metadata: { name, labels }, spec, status }).object);
}

function known<T extends KubernetesObject>(object: T | undefined): T {
  if (!object) throw new Error('the object has no name');
  return object;
}
