import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { DaemonSet } from 'kubernetes-models/apps/v1';
import { ClusterRole, ClusterRoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1';
import { ConfigMap, ServiceAccount } from 'kubernetes-models/v1';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { find, run } from '../../../../test/bed/commands.ts';
import { ensureTools } from '../../../../test/bed/debian/packages.ts';
import { ClusterSource } from '../../src/agent/cluster-source.ts';
import { ApiClient } from '../../src/api/api-client.ts';
import { type AgentFlags, addAgentOptions } from '../../src/cli/agent-options.ts';
import { EventReporter } from '../../src/operation/event-reporter.ts';
import { ApiServer } from '../api-server/api-server.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'manifests');
const variants = ['beside-kube-proxy', 'in-place-of-kube-proxy'] as const;
const { version, bin, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** The objects of a folder, as `kubectl apply --kustomize` would send them. */
function objectsOf(path: string): Manifest[] {
  const { resources } = parse(readFileSync(join(folder, path, 'kustomization.yaml'), 'utf8')) as {
    resources: string[];
  };
  return resources.flatMap((resource) => {
    if (!resource.endsWith('.yaml')) return objectsOf(join(path, resource));
    return parseAllDocuments(readFileSync(join(folder, path, resource), 'utf8')).map((document) => document.toJS());
  });
}

function daemonSetOf(variant: string): DaemonSet {
  return new DaemonSet(objectsOf(variant).find(({ kind }) => kind === 'DaemonSet') as never);
}

function containersOf(variant: string) {
  const { initContainers = [], containers } = daemonSetOf(variant).spec?.template.spec ?? { containers: [] };
  const [agent, ...others] = containers;
  expect(others).toEqual([]);
  if (!agent) throw new Error('there is no container');
  return { agent, initContainers };
}

/** The flags that a container's arguments are. */
function flagsOf({ args = [] }: { readonly args?: readonly string[] }): AgentFlags {
  const [command, ...flags] = args;
  expect(command).toBe('run');
  return addAgentOptions(new Command().exitOverride().configureOutput({ writeErr: () => {} }))
    .parse(flags, { from: 'user' })
    .opts<AgentFlags>();
}

beforeAll(() => ensureTools({ kubectl: 'kubernetes-client' }), 300_000);

describe.each(variants)('%s', (variant) => {
  it('is what kubectl makes of its kustomization', async () => {
    const text = await run(find('kubectl') ?? 'kubectl', ['kustomize', join(folder, variant)]);
    const built: Manifest[] = parseAllDocuments(text).map((document) => document.toJS());
    const byKind = (objects: readonly Manifest[]) => new Map(objects.map((object) => [object.kind, object]));
    expect(byKind(built)).toEqual(byKind(objectsOf(variant)));
    expect(built).toHaveLength(objectsOf(variant).length);
  });

  it('is what the schemas of Kubernetes ask for', () => {
    const models: Record<string, new (data: never) => { validate(): void }> = {
      ClusterRole,
      ClusterRoleBinding,
      ConfigMap,
      DaemonSet,
      ServiceAccount,
    };
    const objects = objectsOf(variant);
    expect(objects.map(({ kind }) => kind).filter((kind) => kind !== 'ConfigMap')).toEqual([
      'ServiceAccount',
      'ClusterRole',
      'ClusterRoleBinding',
      'DaemonSet',
    ]);
    for (const object of objects) {
      const Model = models[object.kind];
      if (!Model) throw new Error(`there is no model of ${object.kind}`);
      new Model(object as never).validate();
      expect(() => new Model({ ...object, metadata: 5 } as never).validate()).toThrow();
    }
  });

  it('lists each of its files', () => {
    const { resources } = parse(readFileSync(join(folder, variant, 'kustomization.yaml'), 'utf8')) as {
      resources: string[];
    };
    const files = readdirSync(join(folder, variant)).filter((name) => name !== 'kustomization.yaml');
    expect(resources.filter((name) => name.endsWith('.yaml')).sort()).toEqual(files.sort());
  });

  it('gives the account the role', () => {
    const find = (kind: string) => objectsOf(variant).find((object) => object.kind === kind) as never;
    const { roleRef, subjects } = find('ClusterRoleBinding') as ClusterRoleBinding;
    const { metadata } = find('ServiceAccount') as Manifest;
    expect(roleRef.name).toBe((find('ClusterRole') as Manifest).metadata.name);
    expect(subjects).toEqual([{ kind: 'ServiceAccount', name: metadata.name, namespace: metadata.namespace }]);
    expect(daemonSetOf(variant).spec?.template.spec?.serviceAccountName).toBe(metadata.name);
  });

  it('lets the agent do no more than program the network of its node', () => {
    const { agent, initContainers } = containersOf(variant);
    expect(agent.securityContext).toEqual({
      capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] },
      runAsUser: 0,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    const { hostPID, hostIPC, hostNetwork, volumes } = daemonSetOf(variant).spec?.template.spec ?? {};
    expect({ hostPID, hostIPC, hostNetwork }).toEqual({ hostPID: undefined, hostIPC: undefined, hostNetwork: true });
    expect(volumes?.flatMap(({ hostPath }) => hostPath?.path ?? [])).toEqual(['/run/ipvs-kubernetes']);
    // What is privileged ends at once.
    expect(initContainers.map((each) => flagsOf(each).initOnly)).toEqual([true]);
    expect(flagsOf(agent).initOnly).toBeUndefined();
  });

  it('calls the command as it is', () => {
    const { agent, initContainers } = containersOf(variant);
    const { services, health, metrics, node, state } = flagsOf(agent);
    expect({ services, node }).toEqual({
      services: variant === 'beside-kube-proxy' ? 'labelled' : 'all',
      node: '$(NODE_NAME)',
    });
    expect(agent.ports).toEqual([{ name: 'health', containerPort: health.port, hostPort: health.port }]);
    expect(agent.livenessProbe?.httpGet).toEqual({ path: '/livez', port: 'health' });
    // Load balancers find kube-proxy's health at its own port, and a kube-proxy beside the agent has both.
    expect([health.port, metrics.port]).toEqual(variant === 'beside-kube-proxy' ? [10356, 10349] : [10256, 10249]);
    expect(metrics.host).toBe('127.0.0.1');
    // nft reads its input from a file in the folder for temporary ones.
    expect(agent.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual([state, '/tmp']);
    for (const container of [agent, ...initContainers]) {
      expect(container.volumeMounts?.[0]).toEqual({ name: 'state', mountPath: state });
      expect(flagsOf(container).services).toBe(services);
      expect(container.env?.find(({ name }) => name === 'NODE_NAME')?.valueFrom?.fieldRef?.fieldPath).toBe(
        'spec.nodeName',
      );
      expect(container.image).toBe(`ipvs-kubernetes:${version}`);
    }
  });
});

it('both differ in nothing but who is served, the ports and the way to the API server', () => {
  const [beside, inPlace] = variants.map((variant) => leavesOf(daemonSetOf(variant).toJSON()));
  const paths = [...new Set([...(beside ?? []), ...(inPlace ?? [])])]
    .filter((leaf) => !(beside?.has(leaf) && inPlace?.has(leaf)))
    .map((leaf) => leaf.split(' ')[0]?.replace(/^\.spec\.template\.spec/, ''));
  expect([...new Set(paths)].sort()).toEqual([
    '.containers[0].args[2]',
    '.containers[0].args[3]',
    '.containers[0].args[4]',
    '.containers[0].env[1].name',
    '.containers[0].env[1].valueFrom.configMapKeyRef.key',
    '.containers[0].env[1].valueFrom.configMapKeyRef.name',
    '.containers[0].env[2].name',
    '.containers[0].env[2].valueFrom.configMapKeyRef.key',
    '.containers[0].env[2].valueFrom.configMapKeyRef.name',
    '.containers[0].ports[0].containerPort',
    '.containers[0].ports[0].hostPort',
    '.initContainers[0].args[3]',
  ]);
});

it('in the place of kube-proxy the API server is reached without a Service', () => {
  const config = objectsOf('in-place-of-kube-proxy').find(({ kind }) => kind === 'ConfigMap') as unknown as ConfigMap;
  const { agent } = containersOf('in-place-of-kube-proxy');
  for (const [name, key] of Object.entries({ KUBERNETES_SERVICE_HOST: 'host', KUBERNETES_SERVICE_PORT: 'port' })) {
    expect(agent.env?.find((each) => each.name === name)?.valueFrom?.configMapKeyRef).toEqual({
      name: config.metadata?.name,
      key,
    });
    expect(config.data).toHaveProperty(key);
  }
});

it('the role is exactly what the agent asks of the API server', async () => {
  const role = new ClusterRole(objectsOf('base').find(({ kind }) => kind === 'ClusterRole') as never);
  const granted = (role.rules ?? []).flatMap(({ apiGroups = [], resources = [], verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`))),
  );
  await using server = await ApiServer.start();
  const client = new ApiClient(async () => ({ server: server.url, options: {} }));
  {
    await using source = ClusterSource.start(client, { services: 'all' }, { onChange: () => {} });
    await using reporter = new EventReporter(client, { nodeName: 'n1' });
    const object = { kind: 'Service', namespace: 'default', name: 'web', uid: '' } as const;
    reporter.report([{ reason: 'AddressConflict', object, field: 'spec', value: '', rule: 'must be free' }]);
    await reporter.idle();
    while (!source.synced || server.watches < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  client.close();
  const asked = server.requests.map(({ method, path, query }) => {
    const [, prefix, ...parts] = path.split('/');
    const group = prefix === 'api' ? '' : parts[0];
    const verb = method === 'POST' ? 'create' : query.get('watch') ? 'watch' : 'list';
    return `${verb} ${group}/${parts.at(-1)}`;
  });
  expect([...new Set(asked)].sort()).toEqual(granted.sort());
});

describe('Containerfile', () => {
  const text = readFileSync(join(root, 'Containerfile'), 'utf8');

  it('runs the command of the package, on a Node that it supports', () => {
    expect(text).toContain(`ENTRYPOINT ["node", "/agent/node_modules/ipvs-kubernetes/${bin['ipvs-kubernetes']}"]`);
    const nodes = [...text.matchAll(/^FROM docker\.io\/library\/node:(\d+)-/gm)].map(([, major]) => Number(major));
    expect(nodes).toHaveLength(2);
    for (const major of nodes) expect(major).toBeGreaterThan(Number(/\d+/.exec(engines.node)?.[0]));
  });

  it('takes the packages as they are packed', () => {
    const main = JSON.parse(readFileSync(join(root, '../../package.json'), 'utf8'));
    expect(text).toContain(`/ipvs-${main.version}.tgz /ipvs-kubernetes-${version}.tgz`);
  });
});

/** Every value of an object with its path, `.a[0].b 5`. */
function leavesOf(value: unknown, path = ''): Set<string> {
  if (Array.isArray(value)) return union(value.map((item, i) => leavesOf(item, `${path}[${i}]`)));
  if (typeof value === 'object' && value !== null)
    return union(Object.entries(value).map(([name, item]) => leavesOf(item, `${path}.${name}`)));
  return new Set([`${path} ${String(value)}`]);
}

function union<T>(sets: readonly Set<T>[]): Set<T> {
  return new Set(sets.flatMap((set) => [...set]));
}
