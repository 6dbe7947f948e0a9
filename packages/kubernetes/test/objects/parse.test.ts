import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalAddress, parseNetwork } from '../../src/objects/address.ts';
import {
  describeProblem,
  eventOf,
  type Parsed,
  type Problem,
  parseEndpointSlice,
  parseNode,
  parseObject,
  parseService,
} from '../../src/objects/index.ts';

const metadata = { name: 'web', namespace: 'prod', uid: 'u1', resourceVersion: '7' };
const sentences = ({ problems }: Parsed<unknown>) => problems.map(describeProblem);

describe('parseService', () => {
  it("gives the API server's defaults to what is left out or null", () => {
    const { object, problems } = parseService({
      metadata,
      spec: { clusterIP: '10.96.0.1', ports: [{ port: 80, name: null }] },
    });
    expect(problems).toEqual([]);
    expect(object).toEqual({
      kind: 'Service',
      ...metadata,
      problems: [],
      createdAt: Number.POSITIVE_INFINITY,
      type: 'ClusterIP',
      clusterIPs: ['10.96.0.1'],
      ports: [{ name: '', protocol: 'TCP', port: 80, nodePort: 0, index: 0 }],
      externalIPs: [],
      ingress: [],
      internalTrafficPolicy: 'Cluster',
      externalTrafficPolicy: 'Cluster',
      healthCheckNodePort: 0,
      sourceRanges: undefined,
      affinityTimeout: 0,
      serviceProxyName: undefined,
      headless: false,
      scheduler: undefined,
    });
  });

  it('is in the namespace default where none is given, as for kubectl', () => {
    expect(parseService({ metadata: { name: 'web' } }).object?.namespace).toBe('default');
  });

  it('passes over an invalid value alone, and says what it must be', () => {
    const parsed = parseService({
      metadata: { ...metadata, creationTimestamp: 'yesterday', labels: [] },
      spec: {
        type: 'Balancer',
        clusterIPs: ['10.96.0.1', 'nonsense', '10.96.0.2'],
        ports: [{ port: 80 }, { port: 70_000 }, { port: 81, protocol: 'ICMP' }, {}, 'nonsense', { port: '82' }],
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 86_401 } },
        externalTrafficPolicy: 5,
        externalIPs: { not: 'a list' },
      },
    });
    expect(parsed.object).toMatchObject({
      type: 'ClusterIP',
      clusterIPs: ['10.96.0.1'],
      ports: [{ port: 80 }],
      affinityTimeout: 10_800,
      externalTrafficPolicy: 'Cluster',
      problems: parsed.problems,
    });
    expect(sentences(parsed)).toEqual(
      [
        'metadata.labels must be an object, got []',
        "metadata.creationTimestamp must be a time such as 2026-01-31T12:00:00Z, got 'yesterday'",
        "spec.type must be ClusterIP, NodePort, LoadBalancer or ExternalName, got 'Balancer'",
        "spec.clusterIPs[1] must be an address, None or empty, got 'nonsense'",
        'spec.ports[1].port must be an integer from 1 to 65535, got 70000',
        "spec.ports[2].protocol must be TCP, UDP or SCTP, got 'ICMP'",
        'spec.ports[3].port must not be absent, got undefined',
        "spec.ports[4] must be an object, got 'nonsense'",
        "spec.ports[5].port must be an integer from 1 to 65535, got '82'",
        "spec.externalIPs must be a list, got { not: 'a list' }",
        'spec.externalTrafficPolicy must be a string, got 5',
        'spec.sessionAffinityConfig.clientIP.timeoutSeconds must be an integer from 1 to 86400, got 86401',
      ].map((text) => `Service prod/web: ${text}`),
    );
  });

  it.each([
    ['nothing', null, 'object must be an object, got null'],
    ['no metadata', {}, 'metadata.name must not be empty, got undefined'],
    ['an empty name', { metadata: { name: '' } }, "metadata.name must not be empty, got ''"],
    ['a number as name', { metadata: { name: 5 } }, 'metadata.name must be a string, got 5'],
  ])('is none of %s', (_, raw, problem) => {
    const { object, problems } = parseService(raw);
    expect(object).toBeUndefined();
    expect(problems.map(describeProblem)).toEqual([expect.stringContaining(problem)]);
  });
});

describe('parseEndpointSlice', () => {
  it("gives the API server's defaults to what is left out or null", () => {
    const { object, problems } = parseEndpointSlice({
      metadata,
      addressType: 'IPv4',
      ports: [{ port: 80, name: null, protocol: null }],
      endpoints: [
        { addresses: ['10.244.1.2'], conditions: { ready: null } },
        { addresses: ['10.244.1.3'], conditions: {} },
      ],
    });
    expect(problems).toEqual([]);
    expect(object?.ports).toEqual([{ name: '', protocol: 'TCP', port: 80 }]);
    const defaults = {
      nodeName: undefined,
      ready: true,
      serving: true,
      terminating: false,
      zoneHints: [],
      nodeHints: [],
    };
    expect(object?.endpoints).toEqual([
      { address: '10.244.1.2', ...defaults },
      { address: '10.244.1.3', ...defaults },
    ]);
  });

  it('reports what no endpoint can be', () => {
    const parsed = parseEndpointSlice({
      metadata,
      addressType: 'IPv4',
      endpoints: [
        { addresses: [] },
        { addresses: ['127.0.0.1'] },
        { addresses: ['10.244.1.2'], conditions: { ready: 'yes' } },
      ],
    });
    expect(parsed.object?.endpoints).toHaveLength(1);
    expect(sentences(parsed)).toEqual([
      'EndpointSlice prod/web: endpoints[0].addresses must begin with an IPv4 address that other machines can reach, got []',
      "EndpointSlice prod/web: endpoints[1].addresses must begin with an IPv4 address that other machines can reach, got [ '127.0.0.1' ]",
      "EndpointSlice prod/web: endpoints[2].conditions.ready must be true or false, got 'yes'",
    ]);
  });

  it('reads when its change began', () => {
    const annotations = { 'endpoints.kubernetes.io/last-change-trigger-time': '2026-01-31T12:00:00Z' };
    const { object } = parseEndpointSlice({ metadata: { ...metadata, annotations }, addressType: 'IPv4' });
    expect(object?.triggeredAt).toBe(Date.UTC(2026, 0, 31, 12));
  });
});

describe('parseNode', () => {
  const addresses = [
    { type: 'Hostname', address: 'n1' },
    { type: 'ExternalIP', address: '203.0.113.1' },
    { type: 'InternalIP', address: '192.0.2.11' },
    { type: 'InternalIP', address: '192.0.2.12' },
    { type: 'ExternalIP', address: '2001:DB8::1' },
  ];

  it('has the internal address as primary, or else the external one, of each family', () => {
    const { object } = parseNode({ metadata: { name: 'n1' }, status: { addresses } });
    expect(object?.primaryAddresses).toEqual(['192.0.2.11', '2001:db8::1']);
    expect(object?.addresses).toEqual(['192.0.2.11', '192.0.2.12', '203.0.113.1', '2001:db8::1']);
    expect(object?.namespace).toBe('');
  });

  it.each([
    [{ metadata: {} }, false],
    [{ metadata: { deletionTimestamp: '2026-01-31T12:00:00Z' } }, true],
    [{ metadata: {}, spec: { taints: [{ key: 'other' }, { key: 'ToBeDeletedByClusterAutoscaler' }] } }, true],
  ])('%j is leaving: %s', (raw, leaving) => {
    const { object } = parseNode({ ...raw, metadata: { name: 'n1', ...raw.metadata } });
    expect(object?.leaving).toBe(leaving);
  });
});

it('parseObject reads the kinds that count, and no others', () => {
  expect(parseObject({ apiVersion: 'v1', kind: 'Service', metadata })?.object?.kind).toBe('Service');
  expect(parseObject({ apiVersion: 'v1', kind: 'Node', metadata })?.object?.kind).toBe('Node');
  const slice = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata, addressType: 'IPv4' };
  expect(parseObject(slice)?.object?.kind).toBe('EndpointSlice');
  for (const apiVersion of ['serving.knative.dev/v1', 'discovery.k8s.io/v1beta1', undefined])
    expect(parseObject({ apiVersion, kind: 'Service', metadata })).toBeUndefined();
  for (const raw of [null, 'text', [], { apiVersion: 'v1', kind: 'ConfigMap', metadata }])
    expect(parseObject(raw)).toBeUndefined();
});

it('reads whatever there is without throwing', () => {
  const names = [
    'metadata',
    'name',
    'spec',
    'status',
    'ports',
    'port',
    'clusterIP',
    'clusterIPs',
    'externalIPs',
    'addresses',
    'endpoints',
    'conditions',
    'hints',
    'forZones',
    'loadBalancer',
    'ingress',
    'ip',
    'labels',
    'annotations',
    'addressType',
    'loadBalancerSourceRanges',
    'podCIDRs',
    'taints',
  ];
  const anything = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      fc.constantFrom(null, undefined, 0, 80, -1, '', 'x', '10.0.0.1', 'IPv4', '::/0', '1.2.3.4/33', true),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...names, '__proto__', 'constructor'), tie('value')),
    ),
  })).value;
  fc.assert(
    fc.property(anything, anything, anything, (spec, status, more) => {
      const raw = { metadata: { name: 'x', labels: more, annotations: more }, spec, status, ...(more as object) };
      for (const parse of [parseService, parseEndpointSlice, parseNode]) parse(raw);
    }),
    { numRuns: 2000 },
  );
});

describe('addresses', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:DB8:0::1', '2001:db8::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1'],
    ['fe80::1%eth0', undefined],
    ['192.0.2.01', undefined],
    ['', undefined],
  ])('%j is %j', (text, address) => {
    expect(canonicalAddress(text)).toBe(address);
  });

  it.each([
    ['192.0.2.77/24', '192.0.2.0/24', ['192.0.2.0', '192.0.2.255'], ['192.0.3.0', '2001:db8::1']],
    ['0.0.0.0/0', '0.0.0.0/0', ['255.255.255.255'], ['::1']],
    ['192.0.2.7', '192.0.2.7/32', ['192.0.2.7'], ['192.0.2.6']],
    ['2001:db8::ffff/33', '2001:db8::/33', ['2001:db8:7fff::'], ['2001:db8:8000::', '192.0.2.1']],
    ['::ffff:192.0.2.0/120', '192.0.2.0/24', ['192.0.2.9'], ['192.0.3.9']],
    ['::/0', '::/0', ['::1', 'fe80::'], ['0.0.0.0']],
  ])('%s is %s', (text, canonical, inside, outside) => {
    const network = parseNetwork(text);
    expect(network?.text).toBe(canonical);
    for (const address of inside) expect(network?.has(address), address).toBe(true);
    for (const address of outside) expect(network?.has(address), address).toBe(false);
  });

  it.each([
    '192.0.2.0/33',
    '192.0.2.0/',
    '/24',
    '192.0.2/24',
    '::/129',
    '::ffff:1.2.3.4/95',
    '1.2.3.4/24/24',
    '1.2.3.4/-1',
  ])('%s is no network', (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  });
});

describe('eventOf', () => {
  const problem: Problem = {
    reason: 'AddressConflict',
    object: { kind: 'Service', namespace: 'prod', name: 'web', uid: 'u1' },
    field: 'spec.externalIPs[0]',
    value: '203.0.113.9',
    rule: 'must be free',
  };
  const time = new Date('2026-01-31T12:00:00.123Z');

  it('is an Event of events.k8s.io/v1 about the object', () => {
    expect(eventOf(problem, 'n1', time)).toEqual({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: expect.stringMatching(/^web\.[\da-f]{16}$/), namespace: 'prod' },
      regarding: { apiVersion: 'v1', kind: 'Service', namespace: 'prod', name: 'web', uid: 'u1' },
      eventTime: '2026-01-31T12:00:00.123000Z',
      type: 'Warning',
      reason: 'AddressConflict',
      action: 'Program',
      note: "spec.externalIPs[0] must be free, got '203.0.113.9'",
      reportingController: 'ipvs-kubernetes',
      reportingInstance: 'n1',
    });
  });

  it('has the same name for the same problem on every node, and another for another', () => {
    const name = (changes: Partial<Problem>) => eventOf({ ...problem, ...changes }, 'n1', new Date()).metadata.name;
    expect(name({})).toBe(eventOf(problem, 'n2', time).metadata.name);
    const others = [name({ value: 'x' }), name({ field: 'y' }), name({ reason: 'MarkConflict' })];
    expect(new Set([name({}), ...others]).size).toBe(4);
  });

  it('is never longer than the API server takes', () => {
    const { note, metadata: own } = eventOf({ ...problem, rule: 'ä'.repeat(2000) }, 'n1', time);
    expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1024);
    expect(note).toMatch(/ä$/);
    const long = { ...problem, object: { ...problem.object, name: 'n'.repeat(253) } };
    expect(eventOf(long, 'n1', time).metadata.name.length).toBeLessThanOrEqual(253);
    expect(own.name.length).toBeLessThanOrEqual(253);
  });
});
