import { describe, expect, test } from 'vitest';
import { InputError, Ipvs } from '../../../src/ipvs/index.ts';
import { FakeKernel } from '../../../src/testing/index.ts';

const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
const server = { address: '192.0.2.20', port: 80 };
const master = { state: 'master', interface: 'lo' } as const;

// What JavaScript may pass, whatever the types say.
// biome-ignore lint/suspicious/noExplicitAny: the point of these calls is that the types would refuse them.
type Anything = any;
type Call = (ipvs: Ipvs, more: Anything) => Promise<unknown>;

const serviceNames = ['protocol', 'address', 'port', 'fwmark', 'family'];
const optionNames = ['scheduler', 'flags', 'persistence', 'dormantPersistence'];
const persistenceNames = ['timeout', 'netmask', 'prefixLength', 'engine'];
const destinationNames = ['forwarding', 'weight', 'upperThreshold', 'lowerThreshold'];
const tunnelNames = ['tunnel', 'port', 'checksum'];
const daemonNames = ['state', 'interface', 'syncId', 'maxLength', 'group', 'port', 'ttl'];

/** Every object that a method takes, wherever it is nested: its path, the names it may have, and a call with more of them. */
const places: Readonly<Record<string, readonly [path: string, names: readonly string[], call: Call][]>> = {
  setTimeouts: [['timeouts', ['tcp', 'tcpFin', 'udp'], (ipvs, more) => ipvs.setTimeouts({ udp: 1, ...more })]],
  service: [['service', serviceNames, (ipvs, more) => ipvs.service({ ...web, ...more })]],
  addService: serviceSpecs((ipvs, spec) => ipvs.addService({ ...spec, port: 81 })),
  updateService: serviceSpecs((ipvs, spec) => ipvs.updateService(spec)),
  patchService: [
    ['service', serviceNames, (ipvs, more) => ipvs.patchService({ ...web, ...more }, {})],
    ['service', ['scheduler', 'flags', 'persistence'], (ipvs, more) => ipvs.patchService(web, more)],
    ['service.persistence', persistenceNames, (ipvs, more) => ipvs.patchService(web, { persistence: more })],
  ],
  removeService: [['service', serviceNames, (ipvs, more) => ipvs.removeService({ ...web, ...more })]],
  destinations: [['service', serviceNames, (ipvs, more) => ipvs.destinations({ ...web, ...more })]],
  addDestination: destinationSpecs((ipvs, service, spec) => ipvs.addDestination(service, { ...spec, port: 81 })),
  updateDestination: destinationSpecs((ipvs, service, spec) => ipvs.updateDestination(service, spec)),
  patchDestination: [
    ['service', serviceNames, (ipvs, more) => ipvs.patchDestination({ ...web, ...more }, server, {})],
    ['destination', ['address', 'port'], (ipvs, more) => ipvs.patchDestination(web, { ...server, ...more }, {})],
    ['destination', destinationNames, (ipvs, more) => ipvs.patchDestination(web, server, more)],
    [
      'destination.forwarding',
      tunnelNames,
      (ipvs, more) => ipvs.patchDestination(web, server, { forwarding: { tunnel: 'ipip', ...more } }),
    ],
  ],
  destination: [
    ['service', serviceNames, (ipvs, more) => ipvs.destination({ ...web, ...more }, server)],
    ['destination', ['address', 'port'], (ipvs, more) => ipvs.destination(web, { ...server, ...more })],
  ],
  removeDestination: [
    ['service', serviceNames, (ipvs, more) => ipvs.removeDestination({ ...web, ...more }, server)],
    ['destination', ['address', 'port'], (ipvs, more) => ipvs.removeDestination(web, { ...server, ...more })],
  ],
  zero: [['service', serviceNames, (ipvs, more) => ipvs.zero({ ...web, ...more })]],
  connections: [
    [
      'filter',
      ['service', 'destination', 'state', 'protocol', 'origin'],
      (ipvs, more) => ipvs.connections(more).next(),
    ],
  ],
  setSysctls: [['sysctls', ['conntrack', 'drop_entry'], (ipvs, more) => ipvs.setSysctls(more)]],
  startDaemon: [['daemon', daemonNames, (ipvs, more) => ipvs.startDaemon({ ...master, ...more })]],
};

/** Methods that take no object, and those whose only object is their options. */
const withoutInput = [
  ...['info', 'features', 'timeouts', 'services', 'table', 'daemons', 'flush', 'stopDaemon', 'close'],
  ...['statistics', 'cpuStatistics', 'status', 'sysctls'],
];

function serviceSpecs(call: (ipvs: Ipvs, spec: Anything) => Promise<unknown>): (typeof places)[string] {
  return [
    ['service', [...serviceNames, ...optionNames], (ipvs, more) => call(ipvs, { ...web, ...more })],
    ['service.persistence', persistenceNames, (ipvs, more) => call(ipvs, { ...web, persistence: more })],
    ['service.dormantPersistence', persistenceNames, (ipvs, more) => call(ipvs, { ...web, dormantPersistence: more })],
  ];
}

function destinationSpecs(
  call: (ipvs: Ipvs, service: Anything, spec: Anything) => Promise<unknown>,
): (typeof places)[string] {
  return [
    ['service', serviceNames, (ipvs, more) => call(ipvs, { ...web, ...more }, server)],
    ['destination', ['address', 'port', ...destinationNames], (ipvs, more) => call(ipvs, web, { ...server, ...more })],
    [
      'destination.forwarding',
      tunnelNames,
      (ipvs, more) => call(ipvs, web, { ...server, forwarding: { tunnel: 'gue', port: 6080, ...more } }),
    ],
  ];
}

async function open(): Promise<{ kernel: FakeKernel; ipvs: Ipvs }> {
  const kernel = new FakeKernel();
  const ipvs = await Ipvs.open({ kernel });
  await Promise.all([ipvs.addService(web), ipvs.addDestination(web, server)]);
  return { kernel, ipvs };
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
}

describe('a misspelt property is named, with the nearest known one', () => {
  const cases = Object.entries(places).flatMap(([method, objects]) =>
    objects.map(([path, names, call]) => ({ method, path, names, call })),
  );

  test.each(cases)('$method: $path of $names', async ({ path, names, call }) => {
    const { ipvs } = await open();
    const before = await ipvs.destinations(web);
    for (const name of names) {
      const misspelt = name[0] + name;
      const error = await errorOf(call(ipvs, { [misspelt]: 1 }));
      expect(error).toBeInstanceOf(InputError);
      expect(error).toMatchObject({
        code: 'ERR_INPUT',
        path: `${path}.${misspelt}`,
        message: `${path}.${misspelt} is unknown (did you mean ${name}?), got 1`,
      });
    }
    expect(await ipvs.services()).toHaveLength(1);
    expect(await ipvs.destinations(web)).toEqual(before);
  });

  test.each(cases)('$method: $path: one that is near none', async ({ path, call }) => {
    const { ipvs } = await open();
    const error = await errorOf(call(ipvs, { quorum: undefined }));
    expect(error).toMatchObject({ code: 'ERR_INPUT', path: `${path}.quorum` });
    expect((error as Error).message).toMatch(/ is unknown \(known are .+\), got undefined$/);
    expect((error as Error).message).not.toContain('statistics');
  });

  test('every method that takes input is among them', () => {
    const methods = Object.getOwnPropertyNames(Ipvs.prototype).filter((name) => name !== 'constructor');
    expect([...Object.keys(places), ...withoutInput].sort()).toEqual(methods.sort());
  });
});

describe('what was read passes as a key and as a spec', () => {
  test('services, destinations and daemons, with all that the kernel counts', async () => {
    const { ipvs } = await open();
    await ipvs.addService({ fwmark: 7, dormantPersistence: { timeout: 9 } });
    await ipvs.updateDestination(web, { ...server, forwarding: { tunnel: 'gue', port: 6080 } });
    await ipvs.startDaemon(master);
    for (const service of await ipvs.services()) {
      const destinations = await ipvs.destinations(service);
      await ipvs.updateService(service);
      await ipvs.zero(service);
      for (const destination of destinations) {
        await ipvs.updateDestination(service, destination);
        await ipvs.patchDestination(service, destination, { weight: 3 });
        await ipvs.removeDestination(service, destination);
        await ipvs.addDestination(service, destination);
        expect(await ipvs.destinations(service)).toEqual([destination]);
      }
      expect(await ipvs.service(service)).toEqual(service);
      await ipvs.removeService(service);
      await ipvs.addService(service);
    }
    const [daemon] = await ipvs.daemons();
    if (!daemon) throw new Error('the daemon is not listed');
    await ipvs.stopDaemon(daemon.state);
    await ipvs.startDaemon(daemon);
    expect(await ipvs.daemons()).toEqual([daemon]);
  });
});
