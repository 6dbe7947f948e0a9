import { plan } from 'ipvs/reconcile';
import { describe, expect, it } from 'vitest';
import type { Desired, DesiredOptions } from '../../src/desired/index.ts';
import { DesiredState } from '../../src/desired/index.ts';
import { boundOf, checksOf, desired, n1, tableOf } from '../support/desired.ts';
import { endpoint, endpoints, port, service, slice } from '../support/objects.ts';

describe('names and slices (C1)', () => {
  const web = service('web', {
    clusterIP: '10.96.0.10',
    ports: [port(80, { name: 'http' }), port(9090, { name: 'metrics' })],
  });
  const objects = [
    web,
    slice(
      'a',
      'web',
      [port(8080, { name: 'http' }), port(9100, { name: 'metrics' })],
      endpoints('10.244.1.2@n1', '10.244.2.3@n2'),
    ),
    slice('b', 'web', [port(8081, { name: 'http' })], endpoints('10.244.2.4@n2')),
    slice('c', 'web', [port(1, { name: 'other' })], endpoints('10.244.2.9@n2')),
  ];

  it('joins ports by name over all slices, each with the number that it has there', () => {
    const wanted = desired(objects);
    expect(tableOf(wanted)).toEqual([
      'TCP 10.96.0.10:80 rr | 10.244.1.2:8080 10.244.2.3:8080 10.244.2.4:8081',
      'TCP 10.96.0.10:9090 rr | 10.244.1.2:9100 10.244.2.3:9100',
    ]);
    expect(wanted.addresses).toEqual(['10.96.0.10']);
  });

  it('wants nothing that ipvs refuses', () => {
    expect(
      plan(
        [],
        desired(objects).services.map(({ entry }) => entry),
      ),
    ).toHaveLength(2 + 3 + 2);
  });
});

describe('conditions (C2)', () => {
  const of = (...wanted: object[]) => {
    const svc = service('c2', { clusterIP: '10.96.0.11', ports: [port(80)] });
    return tableOf(desired([svc, slice('a', 'c2', [port(80)], wanted as never)]));
  };
  const unknown = { addresses: ['10.244.1.2'], conditions: { ready: null } };
  const terminating = { addresses: ['10.244.1.3'], conditions: { ready: false, serving: true, terminating: true } };
  const notServing = { addresses: ['10.244.1.4'], conditions: { ready: false, serving: false } };
  const ready = { addresses: ['10.244.1.5'], conditions: { ready: true, serving: null } };

  it('takes those that are ready, which null is', () => {
    expect(of(unknown, terminating, notServing, ready)).toEqual(['TCP 10.96.0.11:80 rr | 10.244.1.2:80 10.244.1.5:80']);
  });

  it('falls back to those that terminate but serve', () => {
    expect(of(terminating, notServing)).toEqual(['TCP 10.96.0.11:80 rr | 10.244.1.3:80']);
  });

  it('keeps the service without any, so that clients are refused', () => {
    expect(of(notServing)).toEqual(['TCP 10.96.0.11:80 rr |']);
  });
});

describe('NodePort (C3)', () => {
  const objects = [
    service('c3', { type: 'NodePort', clusterIP: '10.96.0.12', ports: [port(80, { nodePort: 30080 })] }),
    slice('a', 'c3', [port(8080)], endpoints('10.244.2.3@n2')),
  ];
  const nodePorts = (options?: DesiredOptions) =>
    tableOf(desired(objects, options))
      .filter((line) => line.includes(':30080'))
      .map((line) => line.replace(/^TCP (.*):30080 rr \| 10\.244\.2\.3:8080$/, '$1'));

  it('is at every address of the node but loopback, and binds none of them', () => {
    const wanted = desired(objects);
    expect(tableOf(wanted)).toEqual([
      'TCP 10.0.5.11:30080 rr | 10.244.2.3:8080',
      'TCP 10.244.1.1:30080 rr | 10.244.2.3:8080',
      'TCP 10.96.0.12:80 rr | 10.244.2.3:8080',
      'TCP 192.0.2.11:30080 rr | 10.244.2.3:8080',
    ]);
    expect(wanted.addresses).toEqual(['10.96.0.12']);
    expect(wanted.nodePortAddresses).toEqual(['10.0.5.11', '10.244.1.1', '192.0.2.11', '2001:db8::11']);
  });

  it.each<[DesiredOptions['nodePortAddresses'], string[]]>([
    [['10.0.0.0/8'], ['10.0.5.11', '10.244.1.1']],
    [['2001:db8::/32'], ['10.0.5.11', '10.244.1.1', '192.0.2.11']],
    [['192.0.2.0/24', '127.0.0.0/8'], ['192.0.2.11']],
    [['203.0.113.0/24'], []],
    ['primary', ['192.0.2.11']],
  ])('with nodePortAddresses %j is at %j', (nodePortAddresses, addresses) => {
    expect(nodePorts({ nodePortAddresses })).toEqual(addresses);
  });
});

const balancer = {
  type: 'LoadBalancer',
  clusterIP: '10.96.0.13',
  externalIPs: ['203.0.113.9', '10.0.5.11'],
};
const status = {
  loadBalancer: {
    ingress: [{ ip: '198.51.100.7' }, { ip: '198.51.100.8', ipMode: 'Proxy' }, { hostname: 'lb.example' }],
  },
};

describe('load balancer (C4)', () => {
  const wanted = desired([
    service('c4', { ...balancer, ports: [port(443, { nodePort: 30443 })] }, { status }),
    slice('a', 'c4', [port(8443)], endpoints('10.244.2.3@n2')),
  ]);

  it('is at the cluster IP, external IPs, the ingress in mode VIP and node ports', () => {
    expect(tableOf(wanted)).toEqual(
      [
        'TCP 10.0.5.11:30443 rr | 10.244.2.3:8443',
        'TCP 10.0.5.11:443 rr | 10.244.2.3:8443',
        'TCP 10.244.1.1:30443 rr | 10.244.2.3:8443',
        'TCP 10.96.0.13:443 rr | 10.244.2.3:8443',
        'TCP 192.0.2.11:30443 rr | 10.244.2.3:8443',
        'TCP 198.51.100.7:443 rr | 10.244.2.3:8443',
        'TCP 203.0.113.9:443 rr | 10.244.2.3:8443',
      ].sort(),
    );
  });

  it("serves the node's own address without binding it", () => {
    expect(boundOf(wanted)).toEqual(['10.96.0.13', '198.51.100.7', '203.0.113.9']);
  });
});

describe('external Local (C5)', () => {
  const objects = [
    service(
      'c5',
      {
        ...balancer,
        externalTrafficPolicy: 'Local',
        healthCheckNodePort: 32000,
        ports: [port(80, { name: 'http', nodePort: 30443 }), port(81, { name: 'alt' })],
      },
      { status },
    ),
    slice(
      'a',
      'c5',
      [port(8080, { name: 'http' }), port(8081, { name: 'alt' })],
      endpoints('10.244.1.2@n1', '10.244.2.3@n2'),
    ),
  ];
  const external = (wanted: Desired) => tableOf(wanted).filter((line) => !line.includes(' 10.96.0.13:'));

  it('sends what comes from outside to endpoints of the node alone', () => {
    const wanted = desired(objects);
    expect(tableOf(wanted).filter((line) => line.includes(' 10.96.0.13:'))).toEqual([
      'TCP 10.96.0.13:80 rr | 10.244.1.2:8080 10.244.2.3:8080',
      'TCP 10.96.0.13:81 rr | 10.244.1.2:8081 10.244.2.3:8081',
    ]);
    const others = external(wanted);
    expect(others).toHaveLength(3 * 2 + 3);
    for (const line of others) expect(line).toMatch(/ \| 10\.244\.1\.2:808[01]$/);
    expect(checksOf(wanted)).toEqual(['32000 -> 1']);
    expect(wanted.withoutLocalEndpoints).toEqual({ internal: 0, external: 0 });
  });

  it('drops it on a node without any', () => {
    const wanted = desired(objects, {}, { name: 'n3' });
    expect(external(wanted)).toHaveLength(3 * 2 + 3);
    for (const line of external(wanted)) expect(line).toMatch(/ \|$/);
    expect(checksOf(wanted)).toEqual(['32000 -> 0']);
    expect(wanted.withoutLocalEndpoints).toEqual({ internal: 0, external: 2 });
  });

  it("falls back to the others as kube-proxy does where that is asked for, and then hides the client's address", () => {
    const wanted = desired(objects, { localFallback: 'cluster' }, { name: 'n3' });
    for (const line of external(wanted)) expect(line).toMatch(/ \| 10\.244\.1\.2:808[01] 10\.244\.2\.3:808[01]$/);
    expect(wanted.elements.masquerade).toHaveLength(3 * 2 + 3);
    expect(desired(objects, { localFallback: 'cluster' }).elements.masquerade).toEqual([]);
  });

  it('gives clients in the cluster all endpoints by a mark, and those outside the local ones', () => {
    const wanted = desired(objects, { localFallback: 'fwmark', marks: [77, 1076] });
    const marked = tableOf(wanted).filter((line) => line.startsWith('FWM'));
    expect(marked).toHaveLength(2);
    for (const line of marked) expect(line).toMatch(/^FWM \d+ inet rr \| 10\.244\.1\.2:808[01] 10\.244\.2\.3:808[01]$/);
    for (const line of external(wanted).filter((each) => !each.startsWith('FWM')))
      expect(line).toMatch(/ \| 10\.244\.1\.2:808[01]$/);
    const marks = new Map(
      wanted.elements.marks.map(({ address, port: number, mark }) => [`${address}:${number}`, mark]),
    );
    expect([...marks.keys()].sort()).toEqual(
      external(wanted)
        .filter((line) => line.startsWith('TCP'))
        .map((line) => line.split(' ')[1])
        .sort(),
    );
    expect(new Set(marks.values()).size).toBe(2);
    expect(marks.get('198.51.100.7:80')).toBe(marks.get('192.0.2.11:30443'));
  });
});

describe('internal Local (C6)', () => {
  const remote = slice('a', 'c6', [port(80)], endpoints('10.244.2.3@n2'));

  it('keeps the cluster IP, empty, while endpoints are on other nodes', () => {
    const spec = { clusterIP: '10.96.0.14', internalTrafficPolicy: 'Local', ports: [port(80)] };
    const wanted = desired([service('c6', spec), remote]);
    expect(tableOf(wanted)).toEqual(['TCP 10.96.0.14:80 rr |']);
    expect(wanted.addresses).toEqual(['10.96.0.14']);
    expect(wanted.withoutLocalEndpoints).toEqual({ internal: 1, external: 0 });
  });

  it('says nothing about node ports', () => {
    const ports = [port(80, { nodePort: 30090 })];
    const spec = { type: 'NodePort', clusterIP: '10.96.0.14', internalTrafficPolicy: 'Local', ports };
    const lines = tableOf(desired([service('c6', spec), remote], { nodePortAddresses: 'primary' }));
    expect(lines).toEqual(['TCP 10.96.0.14:80 rr |', 'TCP 192.0.2.11:30090 rr | 10.244.2.3:80']);
  });
});

describe('zone hints (C7)', () => {
  const hinted = ['10.244.1.2@n1 R z1', '10.244.2.3@n2 R z2', '10.244.2.4@n2 R z1'];
  const chosen = (texts: string[], zone: string | undefined = 'z1') => {
    const objects = [
      service('c7', { clusterIP: '10.96.0.15', ports: [port(80)] }),
      slice('a', 'c7', [port(80)], endpoints(...texts)),
    ];
    const [line] = tableOf(desired(objects, {}, { zone: zone as string }));
    return line?.replaceAll(':80', '').split(' | ')[1]?.split(' ');
  };

  it('takes the endpoints for the zone of the node', () => {
    expect(chosen(hinted)).toEqual(['10.244.1.2', '10.244.2.4']);
  });

  it('does not while one that is ready has no hint', () => {
    expect(chosen([...hinted, '10.244.2.5@n2 R'])).toHaveLength(4);
  });

  it('passes over those that are not ready', () => {
    expect(chosen([...hinted, '10.244.2.5@n2 N'])).toEqual(['10.244.1.2', '10.244.2.4']);
  });

  it('does not on a node without a zone, nor where no hint names its zone', () => {
    const objects = [
      service('c7', { clusterIP: '10.96.0.15', ports: [port(80)] }),
      slice('a', 'c7', [port(80)], endpoints(...hinted)),
    ];
    const { zone: _, ...nowhere } = n1;
    const state = new DesiredState(nowhere, { services: 'all' });
    for (const object of objects) state.upsert(object);
    expect(state.read().services[0]?.entry.destinations).toHaveLength(3);
    expect(chosen(['10.244.1.2@n1 R z2', '10.244.2.3@n2 R z3'])).toHaveLength(2);
  });

  it('takes the endpoints for the node itself before those for its zone', () => {
    expect(chosen(['10.244.1.2@n1 R z1 @n1', '10.244.2.3@n2 R z1 @n2'])).toEqual(['10.244.1.2']);
    expect(chosen(['10.244.1.2@n1 R z1 @n2', '10.244.2.3@n2 R z1 @n2'])).toHaveLength(2);
    expect(chosen(['10.244.1.2@n1 R z1 @n1', '10.244.2.3@n2 R z1'])).toHaveLength(2);
  });
});

describe('affinity (C8)', () => {
  const spec = { type: 'NodePort', clusterIP: '10.96.0.16', ports: [port(80, { nodePort: 30080 })] };
  const clientIP = (timeoutSeconds?: number) => ({
    ...spec,
    sessionAffinity: 'ClientIP',
    ...(timeoutSeconds && { sessionAffinityConfig: { clientIP: { timeoutSeconds } } }),
  });
  const options = { nodePortAddresses: 'primary' } as const;

  it('is persistence for three hours, at each address', () => {
    expect(tableOf(desired([service('c8', clientIP())], options))).toEqual([
      'TCP 10.96.0.16:80 rr persistent 10800 |',
      'TCP 192.0.2.11:30080 rr persistent 10800 |',
    ]);
  });

  it('changes by a patch, which keeps connections, and is cleared', () => {
    const state = new DesiredState(n1, { services: 'all', ...options });
    state.upsert(service('c8', clientIP()));
    let current = state.takeChanges().services.changed.map(({ entry }) => entry);
    for (const [next, persistence] of [
      [clientIP(60), { timeout: 60 }],
      [{ ...spec, sessionAffinity: 'None' }, null],
    ] as const) {
      state.upsert(service('c8', next));
      const { changed, removed } = state.takeChanges().services;
      expect(removed).toEqual([]);
      const changes = plan(
        current.map(asRead),
        changed.map(({ entry }) => entry),
      );
      expect(changes.map(({ type }) => type)).toEqual(['patchService', 'patchService']);
      expect(changes[0]).toMatchObject({ patch: { persistence } });
      current = changed.map(({ entry }) => entry);
    }
  });
});

/** An entry as a kernel would give it back. */
function asRead({ service: spec }: Desired['services'][number]['entry']): never {
  const persistence = spec.persistence && { netmask: '255.255.255.255', ...spec.persistence };
  return { service: { ...spec, flags: spec.flags ?? {}, persistence }, destinations: [] } as never;
}

it('serves nothing that is not to be proxied (C9)', () => {
  const ports = [port(80)];
  const at = { ports: [port(80)] };
  const wanted = desired([
    service('headless', {
      clusterIP: 'None',
      type: 'NodePort',
      externalIPs: ['203.0.113.1'],
      ports: [port(80, { nodePort: 30080 })],
    }),
    service('empty', { clusterIP: '', externalIPs: ['203.0.113.1'], ports }),
    service('elsewhere', { type: 'ExternalName', externalName: 'example.org', clusterIP: '10.96.0.99', ports }),
    service(
      'other',
      { clusterIP: '10.96.0.98', ...at },
      { metadata: { labels: { 'service.kubernetes.io/service-proxy-name': '' } } },
    ),
    service(
      'labelled',
      { clusterIP: '10.96.0.97', ...at },
      { metadata: { labels: { 'service.kubernetes.io/headless': '' } } },
    ),
  ]);
  expect(tableOf(wanted)).toEqual([]);
  expect(wanted.addresses).toEqual([]);
  const web = service('web', { clusterIP: '10.96.0.96', ports });
  const fqdn = slice('a', 'web', ports, [{ addresses: ['pod.example'] }], { addressType: 'FQDN' });
  const nobody = slice('b', 'web', ports, endpoints('10.244.1.2@n1'), { metadata: { labels: {} } });
  const labels = { 'kubernetes.io/service-name': 'web' };
  const elsewhere = slice('c', 'web', ports, endpoints('10.244.1.3@n1'), { metadata: { namespace: 'other', labels } });
  const unnamed = slice('d', '', ports, endpoints('10.244.1.4@n1'));
  const headless = { ...labels, 'service.kubernetes.io/headless': '' };
  const hidden = slice('e', 'web', ports, endpoints('10.244.1.5@n1'), { metadata: { labels: headless } });
  expect(tableOf(desired([web, fqdn, nobody, elsewhere, unnamed, hidden]))).toEqual(['TCP 10.96.0.96:80 rr |']);
});

it('keeps protocols apart, and knows SCTP (C10)', () => {
  const wanted = desired([
    service('c10', {
      type: 'NodePort',
      clusterIP: '10.96.0.10',
      ports: [
        port(53, { name: 'dns', protocol: 'UDP' }),
        port(53, { name: 'dns-tcp', protocol: 'TCP' }),
        port(5000, { name: 'sig', protocol: 'SCTP', nodePort: 30500 }),
      ],
    }),
    slice(
      'a',
      'c10',
      [
        port(53, { name: 'dns', protocol: 'TCP' }),
        port(53, { name: 'dns-tcp' }),
        port(5001, { name: 'sig', protocol: 'SCTP' }),
      ],
      endpoints('10.244.1.2@n1'),
    ),
  ]);
  expect(tableOf(wanted)).toEqual([
    'SCTP 10.0.5.11:30500 rr | 10.244.1.2:5001',
    'SCTP 10.244.1.1:30500 rr | 10.244.1.2:5001',
    'SCTP 10.96.0.10:5000 rr | 10.244.1.2:5001',
    'SCTP 192.0.2.11:30500 rr | 10.244.1.2:5001',
    'TCP 10.96.0.10:53 rr | 10.244.1.2:53',
    'UDP 10.96.0.10:53 rr |',
  ]);
  expect(wanted.elements.masquerade).toContainEqual({ address: '10.0.5.11', protocol: 'sctp', port: 30500 });
});

it('no longer wants an endpoint that goes, and wants it again when it comes back (C11)', () => {
  const state = new DesiredState(n1, { services: 'all' });
  const with_ = (...texts: string[]) => slice('a', 'c11', [port(80)], endpoints(...texts));
  state.upsert(service('c11', { clusterIP: '10.96.0.10', ports: [port(80)] }));
  state.upsert(with_('10.244.1.2', '10.244.1.3'));
  state.takeChanges();
  state.upsert(with_('10.244.1.3'));
  expect(tableOf({ services: state.takeChanges().services.changed })).toEqual(['TCP 10.96.0.10:80 rr | 10.244.1.3:80']);
  state.upsert(with_('10.244.1.2', '10.244.1.3'));
  const { changed } = state.takeChanges().services;
  expect(tableOf({ services: changed })).toEqual(['TCP 10.96.0.10:80 rr | 10.244.1.2:80 10.244.1.3:80']);
  // Left out, a weight is wanted with its default, 1: what drains meanwhile is taken back by a patch.
  expect(changed[0]?.entry.destinations[0]).not.toHaveProperty('weight');
});

describe('an address that a new pod has while the old one terminates (C12)', () => {
  const old = endpoint('10.244.1.2@n1 T');
  const young = endpoint('10.244.1.2@n2 R');
  const svc = service('c12', {
    type: 'NodePort',
    clusterIP: '10.96.0.17',
    externalTrafficPolicy: 'Local',
    ports: [port(80, { nodePort: 30080 })],
  });

  it.each([
    ['the old one in the first slice', old, young],
    ['the old one in the second slice', young, old],
  ])('is that of the new pod, with %s', (_, a, b) => {
    const slices = [slice('a', 'c12', [port(80)], [a]), slice('b', 'c12', [port(80)], [b])];
    const wanted = desired([svc, ...slices], { nodePortAddresses: 'primary' });
    // On n2, and so none of the endpoints that node ports of this node lead to.
    expect(tableOf(wanted)).toEqual(['TCP 10.96.0.17:80 rr | 10.244.1.2:80', 'TCP 192.0.2.11:30080 rr |']);
    expect(wanted.elements.hairpins).toEqual([]);
  });
});
