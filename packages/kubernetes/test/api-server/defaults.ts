import type { ApiObject, Resource } from './resources.ts';

type Fields = Record<string, unknown>;

/** The object with those defaults of the API server that the agent depends on. */
export function withDefaults({ plural }: Resource, object: ApiObject): ApiObject {
  if (plural === 'services')
    return {
      ...object,
      spec: serviceSpec(object['spec'] as Fields | undefined),
      status: object['status'] ?? { loadBalancer: {} },
    };
  if (plural === 'endpointslices')
    return {
      ...object,
      ports: ((object['ports'] ?? []) as Fields[]).map((port) => ({ name: '', protocol: 'TCP', ...port })),
    };
  return object;
}

function serviceSpec(spec: Fields = {}): Fields {
  const { type = 'ClusterIP', sessionAffinity = 'None' } = spec;
  const ports = ((spec['ports'] ?? []) as Fields[]).map((port) => ({
    protocol: 'TCP',
    targetPort: port['port'],
    ...port,
  }));
  const { sessionAffinityConfig = { clientIP: { timeoutSeconds: 10800 } } } = spec;
  return {
    internalTrafficPolicy: 'Cluster',
    ...(type !== 'ClusterIP' && { externalTrafficPolicy: 'Cluster' }),
    ...spec,
    type,
    ports,
    sessionAffinity,
    ...(sessionAffinity === 'ClientIP' && { sessionAffinityConfig }),
    ...(spec['clusterIP'] !== undefined && { clusterIPs: spec['clusterIPs'] ?? [spec['clusterIP']] }),
  };
}
