import { describe, expect, it } from 'vitest';
import { DesiredState } from '../../src/desired/index.ts';
import { boundOf, desired, n1, problemsOf, tableOf } from '../support/desired.ts';
import { endpoints, node, port, service, slice } from '../support/objects.ts';

// Each is a bug of kube-proxy's IPVS mode, by its number at kubernetes/kubernetes.

const nodePort = { type: 'NodePort', clusterIP: '10.96.0.1', ports: [port(80, { nodePort: 30080 })] };
const pods = slice('a', 'web', [port(8080)], endpoints('10.244.1.2@n1', '10.244.2.3@n2'));

it('node ports are never at loopback, where they would hang (56320, 67730, 111840)', () => {
  for (const nodePortAddresses of [[], ['127.0.0.0/8', '::1/128'], ['0.0.0.0/0', '::/0']]) {
    const spec = { ...nodePort, clusterIP: undefined, clusterIPs: ['10.96.0.1', 'fd00::1'] };
    const lines = tableOf(desired([service('web', spec)], { nodePortAddresses }));
    expect(lines.filter((line) => /127\.0\.0\.1|\[::1\]|fe80/.test(line))).toEqual([]);
  }
});

describe("an external address that is another node's (80738, 93175, 104679, 127410)", () => {
  const spec = {
    type: 'LoadBalancer',
    clusterIP: '10.96.0.1',
    ports: [port(80)],
    externalIPs: ['192.0.2.12', '203.0.113.9'],
  };
  const web = service('web', spec, { status: { loadBalancer: { ingress: [{ ip: '192.0.2.13' }] } } });
  const nodes = [node('n1', ['192.0.2.11']), node('n2', ['192.0.2.12']), node('n3', ['192.0.2.13'])];

  it('is neither served nor bound, and told', () => {
    const wanted = desired([web, ...nodes]);
    expect(tableOf(wanted)).toEqual(['TCP 10.96.0.1:80 rr |', 'TCP 203.0.113.9:80 rr |']);
    expect(boundOf(wanted)).toEqual(['10.96.0.1', '203.0.113.9']);
    expect(problemsOf(wanted)).toEqual([
      "Service default/web: spec.externalIPs[0] must not be an address of node n2, which would be cut off, got '192.0.2.12'",
      "Service default/web: status.loadBalancer.ingress[0].ip must not be an address of node n3, which would be cut off, got '192.0.2.13'",
    ]);
  });

  it('is served on that node, without binding it', () => {
    const wanted = desired([web, ...nodes], {}, { name: 'n2', addresses: ['192.0.2.12'] });
    expect(tableOf(wanted)).toContain('TCP 192.0.2.12:80 rr |');
    expect(boundOf(wanted)).toEqual(['10.96.0.1', '203.0.113.9']);
  });

  it('is given up when the node joins, and served when it leaves', () => {
    const state = new DesiredState(n1, { services: 'all' });
    state.upsert(web);
    expect(state.takeChanges().addresses.added).toContain('192.0.2.12');
    state.upsert(node('n2', ['192.0.2.12']));
    expect(state.takeChanges().addresses).toEqual({ added: [], removed: ['192.0.2.12'] });
    state.remove({ kind: 'Node', namespace: '', name: 'n2' });
    expect(state.takeChanges().addresses).toEqual({ added: ['192.0.2.12'], removed: [] });
  });
});

it('an address that is bound and on an interface of the node keeps its node ports (114815)', () => {
  const web = service('web', { ...nodePort, externalIPs: ['10.0.5.11'] });
  const wanted = desired([web]);
  expect(tableOf(wanted)).toContain('TCP 10.0.5.11:30080 rr |');
  expect(tableOf(wanted)).toContain('TCP 10.0.5.11:80 rr |');
  expect(boundOf(wanted)).toEqual(['10.96.0.1']);
});

it('an address that an interface gets is not bound any more, and is again when it loses it (114815)', () => {
  const state = new DesiredState(n1, { services: 'all' });
  state.upsert(service('web', { clusterIP: '10.96.0.1', ports: [port(80)], externalIPs: ['203.0.113.9'] }));
  state.takeChanges();
  state.setFacts({ ...n1, addresses: [...n1.addresses, '203.0.113.9'] });
  const { addresses, services } = state.takeChanges();
  expect(addresses).toEqual({ added: [], removed: ['203.0.113.9'] });
  expect(services).toEqual({ changed: [], removed: [] });
  state.setFacts(n1);
  expect(state.takeChanges().addresses).toEqual({ added: ['203.0.113.9'], removed: [] });
});

it('a node port is masqueraded at the addresses of the node alone, not wherever its number is (132068)', () => {
  const web = service('web', nodePort);
  const other = service('other', { clusterIP: '10.96.0.2', ports: [port(30080)] });
  const { masquerade } = desired([web, other]).elements;
  expect(masquerade.map(({ address }) => address).sort()).toEqual(['10.0.5.11', '10.244.1.1', '192.0.2.11']);
});

it("SCTP node ports keep the client's address with the policy Local, on every address (104755, 81474)", () => {
  const ports = [port(80, { nodePort: 30080, protocol: 'SCTP' })];
  const web = service('web', { ...nodePort, ports, externalTrafficPolicy: 'Local' });
  const local = slice('a', 'web', [port(8080, { protocol: 'SCTP' })], endpoints('10.244.1.2@n1'));
  const wanted = desired([web, local]);
  expect(tableOf(wanted).filter((line) => line.includes(':30080'))).toHaveLength(3);
  expect(wanted.elements.masquerade).toEqual([]);
});

it('source ranges are for the port of their Service, and block no other at the address (88698, 62638)', () => {
  const ingress = { status: { loadBalancer: { ingress: [{ ip: '198.51.100.7' }] } } };
  const of = (name: string, clusterIP: string, number: number, ranges: string[]) =>
    service(
      name,
      { type: 'LoadBalancer', clusterIP, ports: [port(number)], loadBalancerSourceRanges: ranges },
      ingress,
    );
  const { restricted } = desired([of('a', '10.96.0.1', 80, ['203.0.113.0/24']), of('b', '10.96.0.2', 81, [])]).elements;
  expect(restricted).toEqual([{ address: '198.51.100.7', protocol: 'tcp', port: 80, sources: ['203.0.113.0/24'] }]);
});

it('a node that is in no source range may not use the address as its own source (119656)', () => {
  const web = service(
    'web',
    { type: 'LoadBalancer', clusterIP: '10.96.0.1', ports: [port(80)], loadBalancerSourceRanges: ['203.0.113.0/24'] },
    { status: { loadBalancer: { ingress: [{ ip: '198.51.100.7' }] } } },
  );
  expect(desired([web]).elements.restricted[0]?.sources).not.toContain('198.51.100.7');
});

it('networks of one family leave node ports of the other alone, and IPv6 has them (89923, 93858, 68437)', () => {
  const spec = { ...nodePort, clusterIP: undefined, clusterIPs: ['10.96.0.1', 'fd00::1'] };
  const lines = tableOf(desired([service('web', spec)], { nodePortAddresses: ['2001:db8::/32'] }));
  expect(lines.filter((line) => line.includes(':30080')).map((line) => line.split(' ')[1])).toEqual([
    '10.0.5.11:30080',
    '10.244.1.1:30080',
    '192.0.2.11:30080',
    '[2001:db8::11]:30080',
  ]);
});

it('only ports of Services are let through at an address that is bound (72236)', () => {
  const { vips, services } = desired([service('web', { clusterIP: '10.96.0.1', ports: [port(80)] })]).elements;
  expect(vips).toEqual(['10.96.0.1']);
  expect(services).toEqual([{ address: '10.96.0.1', protocol: 'tcp', port: 80 }]);
});

it('of a Service that is deleted nothing stays, and a shared address does (78421, 80403, 89141)', () => {
  const state = new DesiredState(n1, { services: 'all' });
  const shared = { externalIPs: ['203.0.113.9'] };
  state.upsert(service('web', { ...nodePort, ...shared }));
  state.upsert(service('other', { clusterIP: '10.96.0.2', ports: [port(81)], ...shared }));
  state.upsert(pods);
  state.takeChanges();
  state.remove({ kind: 'Service', namespace: 'default', name: 'web' });
  const { services, addresses } = state.takeChanges();
  expect(services.removed).toHaveLength(1 + 1 + 3);
  expect(addresses).toEqual({ added: [], removed: ['10.96.0.1'] });
  state.remove({ kind: 'EndpointSlice', namespace: 'default', name: 'a' });
  state.remove({ kind: 'Service', namespace: 'default', name: 'other' });
  const { services: left, elements, ...rest } = state.read();
  expect(left).toEqual([]);
  expect(Object.values(elements).flat()).toEqual([]);
  expect(rest).toMatchObject({ addresses: [], healthChecks: [], problems: [] });
});

it('a slice that comes before its Service is not lost (80403)', () => {
  const state = new DesiredState(n1, { services: 'all' });
  state.upsert(pods);
  expect(state.takeChanges().services.changed).toEqual([]);
  state.upsert(service('web', { clusterIP: '10.96.0.1', ports: [port(80)] }));
  expect(tableOf(state.read())).toEqual(['TCP 10.96.0.1:80 rr | 10.244.1.2:8080 10.244.2.3:8080']);
});
