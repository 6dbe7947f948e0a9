import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  type AddressServiceKey,
  type Daemon,
  type DaemonSpec,
  type Destination,
  type DestinationKey,
  type DestinationSpec,
  type Forwarding,
  type FwmarkServiceKey,
  InputError,
  Ipvs,
  type IpvsClient,
  type Persistence,
  type PersistencePatch,
  type Service,
  type ServiceKey,
  type ServicePatch,
  type ServiceSpec,
  type Tunnel,
} from '../../src/ipvs/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';

const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
const web6 = { protocol: 'tcp', address: '2001:db8::10', port: 80 } as const;
const mark = { fwmark: 7 } as const;
const server = { address: '192.0.2.20', port: 80 } as const;

/** Each value is refused by the types, which `tsc` checks, and at run time. */
async function refused(call: (ipvs: Ipvs) => Promise<unknown>): Promise<void> {
  const ipvs = await Ipvs.open({ kernel: new FakeKernel() });
  await ipvs.addService(web);
  await ipvs.addDestination(web, server);
  await expect(call(ipvs)).rejects.toBeInstanceOf(InputError);
}

const tunnel = (forwarding: Tunnel) => (ipvs: Ipvs) => ipvs.updateDestination(web, { ...server, forwarding });
const service = (spec: ServiceSpec) => (ipvs: Ipvs) => ipvs.addService(spec);
const persistent = (persistence: Persistence) => (ipvs: Ipvs) => ipvs.updateService({ ...web, persistence });
const patch = (persistence: PersistencePatch) => (ipvs: Ipvs) => ipvs.patchService(web, { persistence });

describe('the types forbid what is refused at run time', () => {
  test('options that a tunnel has no use for', async () => {
    // @ts-expect-error -- IPIP has no ports
    await refused(tunnel({ tunnel: 'ipip', port: 1 }));
    // @ts-expect-error -- IPIP has no checksum
    await refused(tunnel({ tunnel: 'ipip', checksum: 'csum' }));
    // @ts-expect-error -- GRE has no ports
    await refused(tunnel({ tunnel: 'gre', port: 1 }));
    // @ts-expect-error -- GRE has no remote checksum offload
    await refused(tunnel({ tunnel: 'gre', checksum: 'remcsum' }));
    // @ts-expect-error -- GUE requires a port
    await refused(tunnel({ tunnel: 'gue' }));
    // @ts-expect-error -- no such tunnel
    await refused(tunnel({ tunnel: 'vxlan' }));
    // @ts-expect-error -- no such option
    await refused(tunnel({ tunnel: 'gue', prot: 6080, port: 6080 }));
    const gre = { tunnel: 'gre', port: 1 } as const;
    // @ts-expect-error -- GRE has no ports, wherever the value was made
    await refused(tunnel(gre));
  });

  test('a key of two kinds', async () => {
    // @ts-expect-error -- either a firewall mark or an address
    await refused(service({ ...mark, ...web }));
    // @ts-expect-error -- a firewall mark takes the packets of every protocol
    await refused(service({ ...mark, protocol: 'tcp' }));
    // @ts-expect-error -- a firewall mark takes the packets to every port
    await refused(service({ ...mark, port: 80 }));
    // @ts-expect-error -- an address has a family of its own
    await refused(service({ ...web, family: 'inet' }));
    // @ts-expect-error -- no port
    await refused(service({ protocol: 'tcp', address: '192.0.2.10' }));
  });

  test('persistence twice, and masks of both families', async () => {
    // @ts-expect-error -- either in force or switched off
    await refused(service({ ...web, persistence: {}, dormantPersistence: {} }));
    // @ts-expect-error -- either IPv4 or IPv6
    await refused(persistent({ netmask: '255.255.255.0', prefixLength: 64 }));
    // @ts-expect-error -- either IPv4 or IPv6
    await refused(patch({ netmask: '255.255.255.0', prefixLength: 64 }));
    // @ts-expect-error -- no such option
    await refused(persistent({ timeuot: 5 }));
  });

  test('a kernel with a network namespace', async () => {
    // @ts-expect-error -- a kernel has a network namespace of its own
    await expect(Ipvs.open({ kernel: new FakeKernel(), netns: 'blue' })).rejects.toBeInstanceOf(InputError);
  });

  test('misspelt properties', async () => {
    // @ts-expect-error -- no such option
    await refused((ipvs) => ipvs.addDestination(web, { ...server, port: 81, wieght: 0 }));
    // @ts-expect-error -- no such option
    await refused((ipvs) => ipvs.patchDestination(web, server, { wieght: 0 }));
    // @ts-expect-error -- no such option
    await refused((ipvs) => ipvs.patchService(web, { sheduler: 'rr' }));
    // @ts-expect-error -- no such option
    await refused((ipvs) => ipvs.startDaemon({ state: 'master', interface: 'lo', syncid: 1 }));
  });
});

describe('the types allow what is meant', () => {
  test('specs, keys and patches', async () => {
    const ipvs = await Ipvs.open({ kernel: new FakeKernel() });
    const specs: ServiceSpec[] = [
      web,
      mark,
      { fwmark: 7, family: 'inet6', persistence: { prefixLength: 64 } },
      { ...web, port: 0, scheduler: 'mh', flags: { 'mh-port': true }, persistence: { netmask: '255.255.255.0' } },
      { ...web6, persistence: { prefixLength: 64, engine: 'sip' } },
      { ...web, port: 81, dormantPersistence: { timeout: 5 }, persistence: undefined },
    ];
    const ways: Forwarding[] = [
      'masquerade',
      'direct-route',
      '#7',
      { tunnel: 'ipip' },
      { tunnel: 'gue', port: 6080 },
      { tunnel: 'gre', checksum: 'csum' },
      { tunnel: '#9', port: 1, checksum: '#3' },
      { tunnel: '#0', port: 7 },
    ];
    for (const spec of specs) await ipvs.addService(spec);
    for (const [i, forwarding] of ways.entries())
      await ipvs.addDestination(web, { address: `192.0.2.${20 + i}`, port: 80, forwarding });
    expect((await ipvs.destinations(web)).map(({ forwarding }) => forwarding).reverse()).toEqual(
      ways.map((way) => (typeof way === 'object' && way.tunnel === 'gue' ? { ...way, checksum: 'nocsum' } : way)),
    );
    await ipvs.patchService(web, { persistence: null });
    await ipvs.patchService(web, { persistence: { engine: null, timeout: 5, netmask: '255.0.0.0' } });
    await ipvs.patchService(web6, { persistence: { prefixLength: 48 } } satisfies ServicePatch);
  });

  test('what was read as a key and as a spec', () => {
    expectTypeOf<Service>().toExtend<ServiceKey>();
    expectTypeOf<Service>().toExtend<ServiceSpec>();
    expectTypeOf<ServiceSpec>().toExtend<ServiceKey>();
    expectTypeOf<Destination>().toExtend<DestinationKey>();
    expectTypeOf<Destination>().toExtend<DestinationSpec>();
    expectTypeOf<Daemon>().toExtend<DaemonSpec>();
    expectTypeOf<Ipvs>().toExtend<IpvsClient>();
    expectTypeOf<ServiceSpec>().not.toExtend<Service>();
  });

  test('telling the two kinds of service apart', () => {
    const words = (key: ServiceKey): string => {
      if (key.fwmark !== undefined) {
        expectTypeOf(key).toExtend<FwmarkServiceKey>();
        return `${key.fwmark}`;
      }
      expectTypeOf(key).toExtend<AddressServiceKey>();
      return key.address;
    };
    const ports = (services: readonly Service[]): (number | undefined)[] => services.map(({ port }) => port);
    expect(words(web)).toBe('192.0.2.10');
    expect(words(mark)).toBe('7');
    expect(ports([])).toEqual([]);
  });
});
