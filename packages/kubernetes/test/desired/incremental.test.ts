import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Desired,
  type DesiredChanges,
  type DesiredOptions,
  DesiredState,
  desiredState,
} from '../../src/desired/index.ts';
import { describeObject, type KubernetesObject, type ObjectKey } from '../../src/objects/index.ts';
import { n1, sorted, tableOf } from '../support/desired.ts';
import { endpoint, endpoints, node, port, service, slice } from '../support/objects.ts';

/** Few names and addresses, so that objects meet. */
const names = ['a', 'b', 'c'];
const externals = ['203.0.113.9', '10.0.5.11', '192.0.2.12', '2001:db8::12', '198.51.100.7'];
const ports = [
  { name: 'x', port: 80, nodePort: 30080 },
  { name: 'x', port: 81, protocol: 'UDP', nodePort: 30080 },
  { name: 'y', port: 80, nodePort: 30081 },
  { name: 'y', port: 80 },
];

const someService = fc
  .record({
    name: fc.constantFrom(...names),
    age: fc.constantFrom(undefined, '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
    label: fc.constantFrom(undefined, 'ipvs', 'other'),
    scheduler: fc.constantFrom(undefined, 'lc', 'nonsense'),
    spec: fc.record({
      type: fc.constantFrom('ClusterIP', 'NodePort', 'LoadBalancer'),
      clusterIPs: fc.constantFrom(['10.96.0.1'], ['10.96.0.2', 'fd00::2'], ['None'], ['fd00::1']),
      ports: fc.uniqueArray(fc.constantFrom(...ports), { maxLength: 3 }),
      externalIPs: fc.subarray(externals, { maxLength: 2 }),
      internalTrafficPolicy: fc.constantFrom('Cluster', 'Local'),
      externalTrafficPolicy: fc.constantFrom('Cluster', 'Local'),
      healthCheckNodePort: fc.constantFrom(0, 32000),
      sessionAffinity: fc.constantFrom('None', 'ClientIP'),
      loadBalancerSourceRanges: fc.constantFrom([], ['192.0.2.0/24'], ['2001:db8::/32', 'nonsense']),
    }),
    ingress: fc.subarray(externals, { maxLength: 2 }),
  })
  .map(({ name, age, label, scheduler, spec, ingress }) =>
    service(name, spec, {
      metadata: {
        creationTimestamp: age,
        labels: label === undefined ? {} : { 'service.kubernetes.io/service-proxy-name': label },
        annotations: scheduler === undefined ? {} : { 'ipvs.kubernetes/scheduler': scheduler },
      },
      status: { loadBalancer: { ingress: ingress.map((ip) => ({ ip })) } },
    }),
  );

const someEndpoint = fc
  .tuple(
    fc.constantFrom('10.244.1.2', '10.244.2.3', '10.244.2.4'),
    fc.constantFrom('n1', 'n2'),
    fc.constantFrom('R', 'N', 'T', 'X'),
    fc.constantFrom('', ' z1', ' z2', ' z1 @n1'),
  )
  .map(([address, on, condition, hints]) => endpoint(`${address}@${on} ${condition}${hints}`));

const someSlice = fc
  .record({
    name: fc.constantFrom('s1', 's2', 's3', 's4'),
    owner: fc.constantFrom(...names, ''),
    ports: fc.subarray([
      { name: 'x', port: 8080 },
      { name: 'x', port: 8081, protocol: 'UDP' },
      { name: 'y', port: 8082 },
      { name: 'y', port: 99_999 },
    ]),
    endpoints: fc.array(someEndpoint, { maxLength: 4 }),
  })
  .map((each) => slice(each.name, each.owner, each.ports, each.endpoints));

const someNode = fc
  .record({
    name: fc.constantFrom('n1', 'n2'),
    addresses: fc.subarray(['192.0.2.11', '192.0.2.12', '2001:db8::12', '203.0.113.9']),
    zone: fc.constantFrom('z1', 'z2'),
    podCIDR: fc.constantFrom('10.244.1.0/24', '10.244.9.0/24'),
  })
  .map(({ name, addresses, zone, podCIDR }) =>
    node(name, addresses, { labels: { 'topology.kubernetes.io/zone': zone }, spec: { podCIDRs: [podCIDR] } }),
  );

type Step =
  | { readonly upsert: KubernetesObject }
  | { readonly remove: ObjectKey }
  /** Takes the changes. */
  | { readonly take: true };

const someKey: fc.Arbitrary<ObjectKey> = fc.oneof(
  fc.constantFrom(...names).map((name) => ({ kind: 'Service' as const, namespace: 'default', name })),
  fc
    .constantFrom('s1', 's2', 's3', 's4')
    .map((name) => ({ kind: 'EndpointSlice' as const, namespace: 'default', name })),
  fc.constantFrom('n1', 'n2').map((name) => ({ kind: 'Node' as const, namespace: '', name })),
);

const someStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.oneof(someService, someSlice, someNode).map((upsert) => ({ upsert })) },
  { weight: 2, arbitrary: someKey.map((remove) => ({ remove })) },
  { weight: 2, arbitrary: fc.constant({ take: true } as const) },
);

const someOptions: fc.Arbitrary<DesiredOptions> = fc.record({
  services: fc.constantFrom('all', 'labelled'),
  schedulers: fc.constantFrom(undefined, ['rr', 'lc']),
  nodePortAddresses: fc.constantFrom('primary' as const, ['10.0.5.0/24'], []),
  localFallback: fc.constantFrom('drop', 'cluster', 'fwmark'),
  // So few that Services have the same.
  marks: fc.constantFrom([1, 2] as const, [7, 7] as const, [1, 0xffff] as const),
});

// Zone, primary addresses and pods come from the Node object, so that it matters.
const facts = { name: 'n1', addresses: n1.addresses };

/** Steps carried out one after the other, what is left of the objects, and what the changes add up to. */
function run(steps: readonly Step[], options: DesiredOptions) {
  const state = new DesiredState(facts, options);
  const left = new Map<string, KubernetesObject>();
  const sum = new Sum();
  for (const step of steps) {
    if ('upsert' in step) {
      state.upsert(step.upsert);
      left.set(describeObject(step.upsert), step.upsert);
    } else if ('remove' in step) {
      state.remove(step.remove);
      left.delete(describeObject(step.remove));
    } else sum.add(state.takeChanges());
  }
  sum.add(state.takeChanges());
  return { state, left: [...left.values()], sum };
}

/** What changes add up to; each must change something. */
class Sum {
  readonly #lists = new Map<string, Map<string, unknown>>();

  add({ services, addresses, elements, healthChecks, problems }: DesiredChanges): void {
    this.#replace('services', services, ({ entry }) => JSON.stringify(keyOnly(entry.service)));
    this.#replace('healthChecks', healthChecks, (check) => check.port);
    this.#difference('addresses', addresses);
    this.#difference('elements', elements);
    this.#difference('problems', problems);
  }

  matches(wanted: Desired): void {
    const elements = Object.entries(wanted.elements).flatMap(([set, values]) =>
      (values as readonly unknown[]).map((value) => ({ set, value })),
    );
    const lists = { ...wanted, elements };
    for (const name of ['services', 'healthChecks', 'addresses', 'elements', 'problems'] as const)
      expect(texts(this.#list(name).values()), name).toEqual(texts(lists[name]));
  }

  #replace<T>(
    name: string,
    change: { readonly changed: readonly T[]; readonly removed: readonly T[] },
    idOf: (value: T) => unknown,
  ) {
    const list = this.#list(name);
    for (const value of change.removed) expect(list.delete(String(idOf(value))), 'removes what is there').toBe(true);
    for (const value of change.changed) {
      expect(JSON.stringify(list.get(String(idOf(value)))), 'changes something').not.toBe(JSON.stringify(value));
      list.set(String(idOf(value)), value);
    }
  }

  #difference(name: string, change: { readonly added: readonly unknown[]; readonly removed: readonly unknown[] }) {
    const list = this.#list(name);
    for (const value of change.removed) expect(list.delete(JSON.stringify(value)), 'removes what is there').toBe(true);
    for (const value of change.added) {
      expect(list.has(JSON.stringify(value)), 'adds what is not there').toBe(false);
      list.set(JSON.stringify(value), value);
    }
  }

  #list(name: string): Map<string, unknown> {
    const list = this.#lists.get(name) ?? new Map<string, unknown>();
    this.#lists.set(name, list);
    return list;
  }
}

function keyOnly({ protocol, address, port: number, fwmark, family }: Desired['services'][number]['entry']['service']) {
  return { protocol, address, number, fwmark, family };
}

function texts(values: Iterable<unknown>): string[] {
  return [...values].map((value) => JSON.stringify(value)).sort();
}

const steps = fc.array(someStep, { maxLength: 40 });

describe('DesiredState', () => {
  it('is after any events what it is of the objects that are left', () => {
    fc.assert(
      fc.property(steps, someOptions, (events, options) => {
        const { state, left } = run(events, options);
        expect(sorted(state.read())).toEqual(sorted(desiredState(left, facts, options)));
      }),
      { numRuns: 500 },
    );
  });

  it('takes a port that moves in the list of its Service for the same', () => {
    const ports = [port(80, { name: 'x' }), port(81, { name: 'y' })];
    const state = new DesiredState(n1, { services: 'all' });
    state.upsert(service('a', { clusterIP: '10.96.0.1', ports }));
    state.takeChanges();
    const before = JSON.stringify(sorted(state.read()));
    state.upsert(service('a', { clusterIP: '10.96.0.1', ports: ports.toReversed() }));
    expect(state.takeChanges().services).toEqual({ changed: [], removed: [] });
    expect(JSON.stringify(sorted(state.read()))).toBe(before);
  });

  it('tells of changes that add up to it, none of which is for nothing', () => {
    fc.assert(
      fc.property(steps, someOptions, (events, options) => {
        const { state, sum } = run(events, options);
        sum.matches(state.read());
      }),
      { numRuns: 500 },
    );
  });

  it('does not depend on the order of objects', () => {
    const objects = fc.uniqueArray(fc.oneof(someService, someSlice, someNode), {
      selector: describeObject,
      maxLength: 9,
    });
    const shuffledOnce = objects.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(shuffledOnce, someOptions, ([one, other], options) => {
        expect(sorted(desiredState(one, facts, options))).toEqual(sorted(desiredState(other, facts, options)));
      }),
      { numRuns: 300 },
    );
  });

  it('never wants an address of another node', () => {
    fc.assert(
      fc.property(steps, someOptions, (events, options) => {
        const { state, left } = run(events, options);
        const own = new Set([
          ...n1.addresses,
          ...left.flatMap((each) => (each.kind === 'Node' && each.name === 'n1' ? each.addresses : [])),
        ]);
        const foreign = left
          .flatMap((each) => (each.kind === 'Node' ? each.addresses : []))
          .filter((each) => !own.has(each));
        const wanted = state.read();
        for (const address of foreign) {
          expect(wanted.addresses).not.toContain(address);
          expect(
            tableOf(wanted).filter((line) => line.includes(` ${address}:`) || line.includes(` [${address}]:`)),
          ).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('has each mark that an element names as a service of the same owner', () => {
    fc.assert(
      fc.property(steps, fc.constantFrom([1, 2] as const, [5, 5] as const), (events, marks) => {
        const { state } = run(events, { services: 'all', localFallback: 'fwmark', marks });
        const { services, elements } = state.read();
        for (const { address, port: number, protocol, mark } of elements.marks) {
          const family = address.includes(':') ? 'inet6' : 'inet';
          const marked = services.find(({ entry: { service: at } }) => at.fwmark === mark && at.family === family);
          const named = services.find(
            ({ entry: { service: at } }) => at.address === address && at.port === number && at.protocol === protocol,
          );
          expect(marked?.owner).toBeDefined();
          expect(marked?.owner).toEqual(named?.owner);
          expect(marked?.port).toEqual(named?.port);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('looks only at the Services that an object concerns', () => {
    const state = new DesiredState(n1, { services: 'all' });
    for (const name of names) {
      state.upsert(service(name, { clusterIP: `10.96.0.${names.indexOf(name) + 1}`, ports: [port(80)] }));
      state.upsert(slice(`${name}-1`, name, [port(80)], endpoints('10.244.1.2@n1')));
    }
    expect(state.takeChanges().services.changed).toHaveLength(3);
    const untouched = state.read().services.filter(({ owner }) => owner.name !== 'b');
    state.upsert(slice('b-1', 'b', [port(80)], endpoints('10.244.1.2@n1', '10.244.1.3@n1')));
    const { changed } = state.takeChanges().services;
    expect(changed.map(({ owner }) => owner.name)).toEqual(['b']);
    // The very same values: they were not even made anew.
    for (const each of untouched) expect(state.read().services).toContain(each);
  });

  it('tells of nothing when an object is repeated, or changes in what does not count', () => {
    const state = new DesiredState(n1, { services: 'all' });
    const web = service('a', { clusterIP: '10.96.0.1', ports: [port(80)] });
    const others = [slice('a-1', 'a', [port(80)], endpoints('10.244.1.2@n1')), node('n1', ['192.0.2.11'])];
    for (const object of [web, ...others]) state.upsert(object);
    state.takeChanges();
    for (const object of [web, ...others]) state.upsert({ ...object, resourceVersion: '2' });
    expect(state.takeChanges()).toEqual({
      services: { changed: [], removed: [] },
      addresses: { added: [], removed: [] },
      elements: { added: [], removed: [] },
      healthChecks: { changed: [], removed: [] },
      problems: { added: [], removed: [] },
    });
  });

  it('gives a mark to the Service that is left when the one that had it goes', () => {
    const state = new DesiredState(n1, { services: 'all', localFallback: 'fwmark', marks: [7, 7] });
    for (const [i, name] of ['a', 'b'].entries()) {
      const spec = { clusterIP: `10.96.0.${i + 1}`, externalIPs: [`203.0.113.${i + 1}`], ports: [port(80)] };
      state.upsert(service(name, { ...spec, externalTrafficPolicy: 'Local' }));
    }
    const marked = (address: string) => ({ set: 'marks', value: { address, protocol: 'tcp', port: 80, mark: 7 } });
    const ofMarks = (elements: DesiredChanges['elements']['added']) => elements.filter(({ set }) => set === 'marks');
    expect(ofMarks(state.takeChanges().elements.added)).toEqual([marked('203.0.113.1')]);
    state.remove({ kind: 'Service', namespace: 'default', name: 'a' });
    const { added, removed } = state.takeChanges().elements;
    expect(ofMarks(added)).toEqual([marked('203.0.113.2')]);
    expect(ofMarks(removed)).toEqual([marked('203.0.113.1')]);
  });

  it('tells of a virtual service that is for another port or from another field, though it is the same in the kernel', () => {
    const state = new DesiredState(n1, { services: 'all' });
    const spec = { type: 'LoadBalancer', clusterIP: '10.96.0.1', externalIPs: ['203.0.113.9'] };
    const status = { loadBalancer: { ingress: [{ ip: '203.0.113.9' }] } };
    const change = (...args: Parameters<typeof service>) => {
      state.upsert(service(...args));
      return state.takeChanges().services.changed.map(({ port: { name }, source }) => `${name} ${source}`);
    };
    expect(change('a', { ...spec, ports: [port(80, { name: 'x' })] })).toEqual(['x clusterIP', 'x externalIP']);
    expect(change('a', { ...spec, ports: [port(80, { name: 'y' })] })).toEqual(['y clusterIP', 'y externalIP']);
    expect(change('a', { ...spec, ports: [port(80, { name: 'y' })] }, { status })).toEqual(['y loadBalancer']);
  });

  it('says nothing of a Service that comes and goes in between', () => {
    const state = new DesiredState(n1, { services: 'all' });
    state.upsert(service('a', { clusterIP: '10.96.0.1', ports: [port(80)] }));
    state.remove({ kind: 'Service', namespace: 'default', name: 'a' });
    expect(state.takeChanges().services).toEqual({ changed: [], removed: [] });
  });
});
