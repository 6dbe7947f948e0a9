/** An object as the API server keeps it. */
export interface ApiObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

export interface ObjectMeta {
  name: string;
  namespace?: string;
  generateName?: string;
  uid?: string;
  resourceVersion?: string;
  creationTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  [field: string]: unknown;
}

/** A kind of objects that the server serves. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  /** Its name in paths: `'services'`. */
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames?: readonly string[];
}

export const resources: readonly Resource[] = [
  { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false, shortNames: ['ns'] },
  { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false, shortNames: ['no'] },
  { group: '', version: 'v1', plural: 'services', kind: 'Service', namespaced: true, shortNames: ['svc'] },
  { group: 'discovery.k8s.io', version: 'v1', plural: 'endpointslices', kind: 'EndpointSlice', namespaced: true },
  { group: 'events.k8s.io', version: 'v1', plural: 'events', kind: 'Event', namespaced: true, shortNames: ['ev'] },
];

/** `'v1'` or `'discovery.k8s.io/v1'`. */
export function apiVersionOf({ group, version }: Resource): string {
  return group ? `${group}/${version}` : version;
}

/** `'services'` or `'endpointslices.discovery.k8s.io'`. */
export function resourceName({ group, plural }: Resource): string {
  return group ? `${plural}.${group}` : plural;
}

/** The documents with which a client finds out what is served, by path. */
export function discoveryDocument(path: string): object | undefined {
  const groups = new Map(resources.filter(({ group }) => group).map((each) => [each.group, each.version]));
  if (path === '/version') return { major: '1', minor: '32', gitVersion: 'v1.32.0-stub', platform: 'linux/amd64' };
  if (path === '/api') return { kind: 'APIVersions', apiVersion: 'v1', versions: ['v1'] };
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: Array.from(groups, apiGroup) };
  const [, prefix, ...rest] = path.split('/');
  if (prefix === 'apis' && rest.length === 1) {
    const version = groups.get(rest[0] ?? '');
    return version === undefined ? undefined : { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup([rest[0], version]) };
  }
  const groupVersion = prefix === 'api' || prefix === 'apis' ? rest.join('/') : '';
  const served = resources.filter(
    (each) => apiVersionOf(each) === groupVersion && (each.group === '') === (prefix === 'api'),
  );
  if (served.length === 0) return undefined;
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: served.map(apiResource) };
}

function apiGroup([name, version]: readonly [string | undefined, string]): object {
  const preferred = { groupVersion: `${name}/${version}`, version };
  return { name, versions: [preferred], preferredVersion: preferred };
}

function apiResource({ plural, kind, namespaced, shortNames }: Resource): object {
  const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
  return { name: plural, singularName: kind.toLowerCase(), namespaced, kind, verbs, ...(shortNames && { shortNames }) };
}
