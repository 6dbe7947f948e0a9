import { describe, expect, it } from 'vitest';
import { type Desired, desiredState } from '../../src/desired/index.ts';
import { boundOf, checksOf, desired, n1, problemsOf, tableOf } from '../support/desired.ts';
import { endpoints, node, port, service, slice } from '../support/objects.ts';

/** What a Service is without more. */
const plain = { clusterIP: '10.96.0.1', ports: [port(80)] };
const primary = { nodePortAddresses: 'primary' } as const;
const labelled = (value: string) => ({ metadata: { labels: { 'service.kubernetes.io/service-proxy-name': value } } });
const keysOf = (wanted: Desired) => tableOf(wanted).map((line) => line.split(' ').slice(0, 2).join(' '));

describe('Services that are served', () => {
  const objects = [
    service('none', { ...plain, clusterIP: '10.96.0.1' }),
    service('ours', { ...plain, clusterIP: '10.96.0.2' }, labelled('ipvs')),
    service('other', { ...plain, clusterIP: '10.96.0.3' }, labelled('cilium')),
  ];

  it('are those labelled with our name, by default', () => {
    expect(keysOf(desired(objects, { services: undefined }))).toEqual(['TCP 10.96.0.2:80']);
  });

  it('are those without a label too, in the place of kube-proxy', () => {
    expect(keysOf(desired(objects))).toEqual(['TCP 10.96.0.1:80', 'TCP 10.96.0.2:80']);
  });

  it('may have another name in the label', () => {
    expect(keysOf(desired(objects, { services: 'labelled', serviceProxyName: 'cilium' }))).toEqual([
      'TCP 10.96.0.3:80',
    ]);
  });
});

describe('two families', () => {
  const spec = {
    type: 'LoadBalancer',
    clusterIPs: ['10.96.0.1', 'fd00:0::1'],
    ipFamilies: ['IPv4', 'IPv6'],
    ports: [port(80, { nodePort: 30080 })],
    externalIPs: ['203.0.113.9', '2001:DB8::9'],
  };
  const status = { loadBalancer: { ingress: [{ ip: '198.51.100.7' }, { ip: '2001:db8::7' }] } };
  const slices = [
    slice('v4', 'web', [port(8080)], endpoints('10.244.1.2@n1')),
    slice('v6', 'web', [port(8086)], endpoints('fd00:1::2@n1')),
  ];

  it('are two tables', () => {
    expect(tableOf(desired([service('web', spec, { status }), ...slices], primary))).toEqual([
      'TCP 10.96.0.1:80 rr | 10.244.1.2:8080',
      'TCP 192.0.2.11:30080 rr | 10.244.1.2:8080',
      'TCP 198.51.100.7:80 rr | 10.244.1.2:8080',
      'TCP 203.0.113.9:80 rr | 10.244.1.2:8080',
      'TCP [2001:db8::11]:30080 rr | [fd00:1::2]:8086',
      'TCP [2001:db8::7]:80 rr | [fd00:1::2]:8086',
      'TCP [2001:db8::9]:80 rr | [fd00:1::2]:8086',
      'TCP [fd00::1]:80 rr | [fd00:1::2]:8086',
    ]);
  });

  it('are one where the Service has a cluster IP of one family, whatever its other addresses', () => {
    const { clusterIPs: _, ...rest } = spec;
    const wanted = desired([service('web', { ...rest, clusterIP: '10.96.0.1' }, { status }), ...slices], primary);
    expect(tableOf(wanted).filter((line) => line.includes('['))).toEqual([]);
    expect(tableOf(wanted)).toHaveLength(4);
  });

  it('can be IPv6 alone', () => {
    const wanted = desired([service('web', { clusterIP: 'fd00::1', ports: [port(80)] }), ...slices]);
    expect(tableOf(wanted)).toEqual(['TCP [fd00::1]:80 rr | [fd00:1::2]:8086']);
  });

  it('count local pods once for the health check, which have an address of each', () => {
    const local = { ...spec, externalTrafficPolicy: 'Local', healthCheckNodePort: 32000 };
    expect(checksOf(desired([service('web', local, { status }), ...slices]))).toEqual(['32000 -> 1']);
  });
});

describe('externally', () => {
  const at = (spec: object, rest: Record<string, unknown> = {}, options = {}) =>
    desired(
      [service('web', { ...plain, ...spec }, rest), slice('a', 'web', [port(8080)], endpoints('10.244.1.2@n1'))],
      {
        ...primary,
        ...options,
      },
    );

  it('a LoadBalancer without node ports has none', () => {
    const wanted = at({ type: 'LoadBalancer' }, { status: { loadBalancer: { ingress: [{ ip: '198.51.100.7' }] } } });
    expect(keysOf(wanted)).toEqual(['TCP 10.96.0.1:80', 'TCP 198.51.100.7:80']);
  });

  it('what is left over of another type counts for nothing', () => {
    const wanted = at(
      { ports: [port(80, { nodePort: 30080 })] },
      { status: { loadBalancer: { ingress: [{ ip: '198.51.100.7' }] } } },
    );
    expect(keysOf(wanted)).toEqual(['TCP 10.96.0.1:80']);
  });

  it('external IPs of a ClusterIP Service obey its external policy', () => {
    const spec = { externalIPs: ['203.0.113.9'], externalTrafficPolicy: 'Local' };
    const objects = [
      service('web', { ...plain, ...spec }),
      slice('a', 'web', [port(8080)], endpoints('10.244.2.3@n2')),
    ];
    expect(tableOf(desired(objects))).toEqual(['TCP 10.96.0.1:80 rr | 10.244.2.3:8080', 'TCP 203.0.113.9:80 rr |']);
  });

  it('an address that is an external IP and a load balancer’s is there once, with its source ranges', () => {
    const spec = { type: 'LoadBalancer', externalIPs: ['198.51.100.7'], loadBalancerSourceRanges: ['203.0.113.0/24'] };
    const wanted = at(spec, { status: { loadBalancer: { ingress: [{ ip: '198.51.100.7' }] } } });
    expect(keysOf(wanted)).toEqual(['TCP 10.96.0.1:80', 'TCP 198.51.100.7:80']);
    expect(wanted.elements.restricted).toHaveLength(1);
    expect(problemsOf(wanted)).toEqual([]);
  });

  it('addresses that no other machine can reach are refused, each by itself', () => {
    const wanted = at({ externalIPs: ['127.0.0.1', '203.0.113.9', 'fe80::1', '224.0.0.1', 'nonsense', '0.0.0.0'] });
    expect(keysOf(wanted)).toEqual(['TCP 10.96.0.1:80', 'TCP 203.0.113.9:80']);
    const rule = 'must be an address, and neither unspecified, loopback, link-local nor multicast';
    expect(problemsOf(wanted)).toEqual([
      `Service default/web: spec.externalIPs[0] ${rule}, got '127.0.0.1'`,
      `Service default/web: spec.externalIPs[2] ${rule}, got 'fe80::1'`,
      `Service default/web: spec.externalIPs[3] ${rule}, got '224.0.0.1'`,
      `Service default/web: spec.externalIPs[4] ${rule}, got 'nonsense'`,
      `Service default/web: spec.externalIPs[5] ${rule}, got '0.0.0.0'`,
    ]);
  });
});

describe('the node', () => {
  it('may have a cluster IP on an interface, which is bound all the same', () => {
    expect(boundOf(desired([service('web', { ...plain, clusterIP: '10.0.5.11' })]))).toEqual(['10.0.5.11']);
  });

  it('serves and binds an address of its own that no interface has, though another Node claims it', () => {
    const nodes = [node('n1', ['192.0.2.11', '203.0.113.9']), node('n2', ['203.0.113.9'])];
    const wanted = desired([service('web', { ...plain, externalIPs: ['203.0.113.9'] }), ...nodes]);
    expect(boundOf(wanted)).toEqual(['10.96.0.1', '203.0.113.9']);
    expect(problemsOf(wanted)).toEqual([]);
  });

  it('is in the zone that is given, before that of its Node', () => {
    const labels = { 'topology.kubernetes.io/zone': 'z2' };
    const objects = [
      service('web', plain),
      slice('a', 'web', [port(8080)], endpoints('10.244.1.2@n1 R z1', '10.244.2.3@n2 R z2')),
      node('n1', ['192.0.2.11'], { labels }),
    ];
    expect(tableOf(desired(objects))).toEqual(['TCP 10.96.0.1:80 rr | 10.244.1.2:8080']);
    const { zone: _, ...rest } = n1;
    expect(tableOf(desiredState(objects, rest, { services: 'all' }))).toEqual([
      'TCP 10.96.0.1:80 rr | 10.244.2.3:8080',
    ]);
  });
});

describe('policies', () => {
  const both = [slice('a', 'web', [port(8080)], endpoints('10.244.1.2@n1 T', '10.244.1.9@n1 N', '10.244.2.3@n2 R'))];
  const spec = { type: 'NodePort', clusterIP: '10.96.0.1', ports: [port(80, { nodePort: 30080 })] };

  it('Local takes a local endpoint that terminates where none is ready, whatever there is elsewhere', () => {
    const web = service('web', { ...spec, internalTrafficPolicy: 'Local', externalTrafficPolicy: 'Local' });
    expect(tableOf(desired([web, ...both], primary))).toEqual([
      'TCP 10.96.0.1:80 rr | 10.244.1.2:8080',
      'TCP 192.0.2.11:30080 rr | 10.244.1.2:8080',
    ]);
  });

  it('Cluster takes those that terminate only where none is ready anywhere, and then passes over hints', () => {
    const web = service('web', spec);
    expect(tableOf(desired([web, ...both], primary))[0]).toBe('TCP 10.96.0.1:80 rr | 10.244.2.3:8080');
    const gone = slice(
      'a',
      'web',
      [port(8080)],
      endpoints('10.244.1.2@n1 T z1', '10.244.2.3@n2 T z2', '10.244.2.4@n2 X z1'),
    );
    expect(tableOf(desired([web, gone], primary))[0]).toBe('TCP 10.96.0.1:80 rr | 10.244.1.2:8080 10.244.2.3:8080');
  });

  it('Local passes over hints', () => {
    const web = service('web', { ...spec, externalTrafficPolicy: 'Local' });
    const hinted = slice('a', 'web', [port(8080)], endpoints('10.244.1.2@n1 R z2', '10.244.2.3@n2 R z1'));
    expect(tableOf(desired([web, hinted], primary))).toEqual([
      'TCP 10.96.0.1:80 rr | 10.244.2.3:8080',
      'TCP 192.0.2.11:30080 rr | 10.244.1.2:8080',
    ]);
  });

  it('none takes an endpoint that is not ready but serves, unless it terminates', () => {
    const conditions = { ready: false, serving: true, terminating: false };
    const pod = slice('a', 'web', [port(8080)], [{ addresses: ['10.244.1.2'], nodeName: 'n1', conditions }]);
    expect(tableOf(desired([service('web', plain), pod]))).toEqual(['TCP 10.96.0.1:80 rr |']);
  });

  it('an endpoint on no node is never local', () => {
    const web = service('web', { ...spec, externalTrafficPolicy: 'Local' });
    expect(tableOf(desired([web, slice('a', 'web', [port(8080)], endpoints('10.244.1.2'))], primary))).toEqual([
      'TCP 10.96.0.1:80 rr | 10.244.1.2:8080',
      'TCP 192.0.2.11:30080 rr |',
    ]);
  });

  it('the health check counts pods that are ready, not ports, and none that terminates', () => {
    const web = service('web', {
      type: 'LoadBalancer',
      clusterIP: '10.96.0.1',
      externalTrafficPolicy: 'Local',
      healthCheckNodePort: 32000,
      ports: [port(80, { name: 'a' }), port(81, { name: 'b' })],
    });
    const pods = slice(
      'a',
      'web',
      [port(8080, { name: 'a' }), port(8081, { name: 'b' })],
      endpoints('10.244.1.2@n1 R', '10.244.1.3@n1 R', '10.244.1.4@n1 T', '10.244.2.3@n2 R'),
    );
    expect(checksOf(desired([web, pods]))).toEqual(['32000 -> 2']);
  });

  it('only a LoadBalancer of policy Local has a health check', () => {
    const of = (type: string, externalTrafficPolicy: string) =>
      checksOf(desired([service('web', { ...plain, type, externalTrafficPolicy, healthCheckNodePort: 32000 })]));
    expect(of('LoadBalancer', 'Local')).toEqual(['32000 -> 0']);
    expect(of('LoadBalancer', 'Cluster')).toEqual([]);
    expect(of('NodePort', 'Local')).toEqual([]);
  });
});

describe('endpoints', () => {
  it('are used by their first address alone, and only of the family of their slice', () => {
    const two = { addresses: ['10.244.1.2', '10.244.1.3'] };
    const wrong = { addresses: ['fd00::2'] };
    const wanted = desired([service('web', plain), slice('a', 'web', [port(8080)], [two, wrong])]);
    expect(tableOf(wanted)).toEqual(['TCP 10.96.0.1:80 rr | 10.244.1.2:8080']);
    expect(problemsOf(wanted)).toEqual([
      "EndpointSlice default/a: endpoints[1].addresses must begin with an IPv4 address that other machines can reach, got [ 'fd00::2' ]",
    ]);
  });

  it('of a port without a number do not exist', () => {
    const slices = [
      slice('a', 'web', [{ port: null }], endpoints('10.244.1.2')),
      slice('b', 'web', [{ port: 0, name: null }], endpoints('10.244.1.3')),
      slice('c', 'web', [{ port: 8080, name: null, protocol: null }], endpoints('10.244.1.4')),
    ];
    expect(tableOf(desired([service('web', plain), ...slices]))).toEqual(['TCP 10.96.0.1:80 rr | 10.244.1.4:8080']);
  });

  it('that two slices have on different nodes are those of the first slice by name, in whichever order these come', () => {
    const web = service('web', { ...plain, internalTrafficPolicy: 'Local' });
    const slices = [
      slice('a', 'web', [port(8080)], endpoints('10.244.1.2@n1')),
      slice('b', 'web', [port(8080)], endpoints('10.244.1.2@n2')),
    ];
    for (const order of [slices, slices.toReversed()])
      expect(tableOf(desired([web, ...order]))).toEqual(['TCP 10.96.0.1:80 rr | 10.244.1.2:8080']);
  });

  it('are added in an order that is another on another node, and always the same on one', () => {
    const pods = Array.from({ length: 8 }, (_, i) => `10.244.1.${i + 2}`);
    const order = (name: string, ...texts: string[]) =>
      desired([service('web', plain), slice('a', 'web', [port(8080)], endpoints(...texts))], {}, { name })
        .services[0]?.entry.destinations.map(({ address }) => address)
        .join(' ');
    expect(order('n1', ...pods)).toBe(order('n1', ...pods.toReversed()));
    const orders = new Set(Array.from({ length: 20 }, (_, i) => order(`n${i}`, ...pods)));
    expect(orders.size).toBeGreaterThan(15);
    const firsts = new Set([...orders].map((text) => text?.split(' ')[0]));
    expect(firsts.size).toBeGreaterThan(4);
  });
});

describe('the scheduler', () => {
  const web = (annotation?: unknown) =>
    service('web', plain, { metadata: { annotations: { 'ipvs.kubernetes/scheduler': annotation } } });

  it('is round robin, or the one that is set for all', () => {
    expect(tableOf(desired([service('web', plain)]))).toEqual(['TCP 10.96.0.1:80 rr |']);
    expect(tableOf(desired([service('web', plain)], { scheduler: 'lc' }))).toEqual(['TCP 10.96.0.1:80 lc |']);
  });

  it('is the one that the Service names', () => {
    expect(tableOf(desired([web('sh')], { schedulers: ['rr', 'sh'] }))).toEqual(['TCP 10.96.0.1:80 sh |']);
  });

  it.each(['nonsense', 'none', 'much-too-long-a-name', 'two words', ''])('is not %j, which is told', (name) => {
    const wanted = desired([web(name)], { schedulers: ['rr', 'sh', 'none'] });
    expect(tableOf(wanted)).toEqual(['TCP 10.96.0.1:80 rr |']);
    expect(problemsOf(wanted)).toEqual([
      `Service default/web: metadata.annotations["ipvs.kubernetes/scheduler"] must be a scheduler of the kernel, so rr is used, got '${name}'`,
    ]);
  });

  it('mh hashes the port too, or all clients behind one address would have one endpoint', () => {
    expect(tableOf(desired([web('mh')]))).toEqual(['TCP 10.96.0.1:80 mh mh-port |']);
  });
});

describe('source ranges', () => {
  const balancer = (loadBalancerSourceRanges: string[], ingress: string[] = ['198.51.100.7']) =>
    service(
      'web',
      {
        type: 'LoadBalancer',
        clusterIPs: ['10.96.0.1', 'fd00::1'],
        ports: [port(80, { nodePort: 30080 })],
        externalIPs: ['203.0.113.9'],
        loadBalancerSourceRanges,
      },
      { status: { loadBalancer: { ingress: ingress.map((ip) => ({ ip })) } } },
    );
  const of = (...args: Parameters<typeof balancer>) => desired([balancer(...args)]).elements.restricted;
  const vip = { address: '198.51.100.7', protocol: 'tcp', port: 80 };

  it('are for the addresses of load balancers alone', () => {
    expect(of([' 203.0.113.7/24 ', '198.51.100.1'])).toEqual([
      { ...vip, sources: ['203.0.113.0/24', '198.51.100.1/32'] },
    ]);
    expect(of([])).toEqual([]);
  });

  it('that have an address of the node let it reach the address, which then is its source', () => {
    expect(of(['192.0.2.0/24'])).toEqual([{ ...vip, sources: ['192.0.2.0/24', '198.51.100.7'] }]);
  });

  it('of one family close the other, which is told', () => {
    const wanted = desired([balancer(['192.0.2.0/24'], ['2001:db8::7'])]);
    expect(wanted.elements.restricted).toEqual([{ ...vip, address: '2001:db8::7', sources: [] }]);
    expect(problemsOf(wanted)).toEqual([
      "Service default/web: spec.loadBalancerSourceRanges must name a source for status.loadBalancer.ingress[0].ip, or nobody may connect to it, got '2001:db8::7'",
    ]);
  });

  it('that are all invalid let nobody in rather than everybody', () => {
    expect(of(['nonsense'])).toEqual([{ ...vip, sources: [] }]);
  });
});

describe('conflicts', () => {
  const svc = (name: string, created: string | undefined, spec: object) =>
    service(name, { ...plain, ...spec }, { metadata: { creationTimestamp: created } });
  const pod = (name: string, address: string) => slice(name, name, [port(8080)], endpoints(address));
  const [early, late] = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z'];

  it.each([
    ['the older one', late, early, 'b'],
    ['the older one, in another time zone', '2026-01-01T00:00:00Z', '2026-01-01T00:30:00+01:00', 'b'],
    ['the first by name of the same age', early, early, 'a'],
    ['the one with an age', undefined, late, 'b'],
    ['the first by name without', undefined, undefined, 'a'],
  ])('are won by %s', (_, ofA, ofB, winner) => {
    const objects = [
      svc('a', ofA, { externalIPs: ['203.0.113.9'] }),
      svc('b', ofB, { clusterIP: '10.96.0.2', externalIPs: ['203.0.113.9'] }),
      pod('a', '10.244.1.2'),
      pod('b', '10.244.1.3'),
    ];
    const wanted = desired(objects);
    const endpointOf = winner === 'a' ? '10.244.1.2' : '10.244.1.3';
    const loser = winner === 'a' ? 'b' : 'a';
    expect(tableOf(wanted)).toContain(`TCP 203.0.113.9:80 rr | ${endpointOf}:8080`);
    expect(tableOf(wanted)).toHaveLength(3);
    expect(problemsOf(wanted)).toEqual([
      `Service default/${loser}: spec.externalIPs[0] must have TCP port 80 for itself, but Service default/${winner} had it first, got '203.0.113.9'`,
    ]);
    expect(problemsOf(desired(objects.toReversed()))).toEqual(problemsOf(wanted));
  });

  it.each([
    ['a cluster IP', '10.96.0.2', {}, 80],
    ['a node port', '192.0.2.11', { type: 'NodePort', ports: [port(80, { nodePort: 30080 })] }, 30080],
  ])('over %s are won by the Service that it is allotted to, though another is older', (_, address, spec, number) => {
    const objects = [
      svc('a', early, { externalIPs: [address], ports: [port(number)] }),
      svc('b', late, { clusterIP: '10.96.0.2', ...spec }),
      pod('a', '10.244.1.2'),
      pod('b', '10.244.1.3'),
    ];
    for (const each of [objects, objects.toReversed()]) {
      const wanted = desired(each);
      expect(tableOf(wanted)).toContain(`TCP ${address}:${number} rr | 10.244.1.3:8080`);
      expect(problemsOf(wanted)).toEqual([
        `Service default/a: spec.externalIPs[0] must have TCP port ${number} for itself, but it is allotted to Service default/b, got '${address}'`,
      ]);
    }
  });

  it('are none of different ports or protocols', () => {
    const wanted = desired([
      svc('a', early, { externalIPs: ['203.0.113.9'] }),
      svc('b', late, {
        clusterIP: '10.96.0.2',
        externalIPs: ['203.0.113.9'],
        ports: [port(81), port(80, { protocol: 'UDP' })],
      }),
    ]);
    expect(tableOf(wanted)).toHaveLength(2 + 4);
    expect(boundOf(wanted)).toEqual(['10.96.0.1', '10.96.0.2', '203.0.113.9']);
    expect(problemsOf(wanted)).toEqual([]);
  });

  it('over a node port are told once, whatever the number of addresses', () => {
    const spec = { type: 'NodePort', ports: [port(80, { nodePort: 30080 })] };
    const wanted = desired([svc('a', early, spec), svc('b', late, { ...spec, clusterIP: '10.96.0.2' })]);
    expect(problemsOf(wanted)).toEqual([
      'Service default/b: spec.ports[0].nodePort must have TCP port 30080 for itself, but Service default/a had it first, got 30080',
    ]);
  });

  it('within a Service are won by the first port', () => {
    const wanted = desired([
      svc('a', early, { ports: [port(80, { name: 'x' }), port(80, { name: 'y' })] }),
      slice('a', 'a', [port(1, { name: 'x' }), port(2, { name: 'y' })], endpoints('10.244.1.2')),
    ]);
    expect(tableOf(wanted)).toEqual(['TCP 10.96.0.1:80 rr | 10.244.1.2:1']);
    expect(problemsOf(wanted)).toEqual([
      "Service default/a: spec.clusterIPs must not use TCP port 80 for two ports of the Service, got '10.96.0.1'",
    ]);
  });

  it('over a mark leave the younger Service with its local endpoints, until the older one goes', () => {
    const spec = { externalIPs: ['203.0.113.9'], externalTrafficPolicy: 'Local' };
    const options = { localFallback: 'fwmark', marks: [7, 7] } as const;
    const young = svc('b', late, { ...spec, clusterIP: '10.96.0.2', externalIPs: ['203.0.113.8'] });
    const wanted = desired([svc('a', early, spec), young], options);
    expect(wanted.elements.marks).toEqual([{ address: '203.0.113.9', protocol: 'tcp', port: 80, mark: 7 }]);
    expect(problemsOf(wanted)).toEqual([
      "Service default/b: spec.externalTrafficPolicy must have firewall mark 7 for itself, but Service default/a had it first, got 'Local'",
    ]);
    expect(desired([young], options).elements.marks).toEqual([
      { address: '203.0.113.8', protocol: 'tcp', port: 80, mark: 7 },
    ]);
  });
});

describe('elements', () => {
  const web = service(
    'web',
    {
      type: 'LoadBalancer',
      clusterIP: '10.96.0.1',
      ports: [port(80, { nodePort: 30080 })],
      externalIPs: ['203.0.113.9', '10.0.5.11'],
    },
    { status: { loadBalancer: { ingress: [{ ip: '198.51.100.7' }] } } },
  );
  const pods = slice('a', 'web', [port(8080)], endpoints('10.244.1.2@n1', '10.244.2.3@n2'));
  const own = node('n1', ['192.0.2.11'], { spec: { podCIDRs: ['10.244.1.0/24'] } });
  const tcp = (address: string, number: number) => ({ address, protocol: 'tcp', port: number });

  it('say what is bound, let through and masqueraded', () => {
    const { elements } = desired([web, pods, own], primary);
    expect({ ...elements, vips: elements.vips.toSorted() }).toEqual({
      pods: ['10.244.1.0/24'],
      vips: ['10.96.0.1', '198.51.100.7', '203.0.113.9'],
      services: [
        tcp('10.96.0.1', 80),
        tcp('198.51.100.7', 80),
        tcp('203.0.113.9', 80),
        tcp('10.0.5.11', 80),
        tcp('192.0.2.11', 30080),
      ],
      masqueradeFromOutside: [tcp('10.96.0.1', 80)],
      masqueradeFromNode: [],
      masquerade: [tcp('198.51.100.7', 80), tcp('203.0.113.9', 80), tcp('10.0.5.11', 80), tcp('192.0.2.11', 30080)],
      hairpins: [tcp('10.244.1.2', 8080)],
      restricted: [],
      marks: [],
    });
  });

  it("keep the client's address where the policy is Local", () => {
    const local = { ...web, externalTrafficPolicy: 'Local' as const, healthCheckNodePort: 32000 };
    const { masquerade, masqueradeFromOutside, services } = desired([local, pods, own], primary).elements;
    expect(masquerade).toEqual([]);
    expect(masqueradeFromOutside).toEqual([tcp('10.96.0.1', 80)]);
    // The load balancer may ask at its own address.
    expect(services).toContainEqual(tcp('198.51.100.7', 32000));
    expect(services).not.toContainEqual(tcp('203.0.113.9', 32000));
  });

  it('masquerade the node alone in a family without a network of pods: who else is a pod is not known', () => {
    const both = service('both', { clusterIPs: ['10.96.0.1', 'fd00::1'], ports: [port(80)] });
    const ofNode = desired([both, own]).elements;
    expect(ofNode.masqueradeFromOutside).toEqual([tcp('10.96.0.1', 80)]);
    expect(ofNode.masqueradeFromNode).toEqual([tcp('fd00::1', 80)]);
    const given = desired([both, own], {}, { podCIDRs: ['2001:db8:244::/48'] }).elements;
    expect(given.masqueradeFromOutside).toEqual([tcp('fd00::1', 80)]);
    expect(given.masqueradeFromNode).toEqual([tcp('10.96.0.1', 80)]);
  });

  it('have the pods that are given, before those of the Node', () => {
    expect(desired([own], {}, { podCIDRs: ['10.244.9.9/16'] }).elements.pods).toEqual(['10.244.0.0/16']);
    expect(desired([], {}, n1).elements.pods).toEqual([]);
  });
});
