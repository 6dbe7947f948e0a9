import { describe, expect, test } from 'vitest';
import { InputError, Ipvs } from '../../src/ipvs/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';

const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
const missing = { ...web, port: 81 };
const web6 = { protocol: 'tcp', address: '2001:db8::10', port: 80 } as const;
const server = { address: '192.0.2.20', port: 80 };

describe('a patch', () => {
  test('may be changed by its caller as soon as it was passed', async () => {
    const ipvs = await Ipvs.open({ kernel: new FakeKernel() });
    await Promise.all([ipvs.addService(web), ipvs.addDestination(web, server)]);
    const forwarding = { tunnel: 'gue', port: 6080 } as const;
    const ofServer = { weight: 5, forwarding: { ...forwarding } };
    const ofService = { scheduler: 'rr', flags: { 'flag-1': true }, persistence: { timeout: 9 } };
    const patched = [ipvs.patchDestination(web, server, ofServer), ipvs.patchService(web, ofService)];
    Object.assign(ofServer.forwarding, { port: 1 });
    Object.assign(ofServer, { weight: 9 });
    Object.assign(ofService.flags, { 'flag-2': true });
    Object.assign(ofService.persistence, { timeout: 8 });
    Object.assign(ofService, { scheduler: 'lc' });
    await Promise.all(patched);
    expect(await ipvs.destinations(web)).toMatchObject([{ weight: 5, forwarding }]);
    expect(await ipvs.service(web)).toMatchObject({
      scheduler: 'rr',
      flags: { 'flag-1': true },
      persistence: { timeout: 9 },
    });
    expect((await ipvs.service(web))?.flags).not.toHaveProperty('flag-2');
  });

  // What JavaScript may pass, whatever the types say.
  type Wrong = never;
  const wrongs: [name: string, patch: (ipvs: Ipvs) => Promise<void>, message: string][] = [
    ['no object', (ipvs) => ipvs.patchService(missing, null as Wrong), 'service must be an object, got null'],
    ['a misspelt property', (ipvs) => ipvs.patchService(missing, { sheduler: 'rr' } as Wrong), 'service.sheduler'],
    ['a scheduler', (ipvs) => ipvs.patchService(missing, { scheduler: '' }), 'service.scheduler must be a name'],
    ['a flag', (ipvs) => ipvs.patchService(missing, { flags: { 'sh-prot': true } as Wrong }), 'sh-prot'],
    [
      'flags',
      (ipvs) => ipvs.patchService(missing, { flags: 'one-packet' as Wrong }),
      'service.flags must be an object',
    ],
    ["a flag's value", (ipvs) => ipvs.patchService(missing, { flags: { 'sh-port': 1 } as Wrong }), 'true or false'],
    [
      'flags of two schedulers',
      (ipvs) => ipvs.patchService(missing, { flags: { 'sh-port': true, 'mh-port': true } }),
      "service.flags may only have mh-port with scheduler mh, got 'sh'",
    ],
    [
      'the flag of another protocol',
      (ipvs) => ipvs.patchService(missing, { flags: { 'one-packet': true } }),
      "service.flags may only have one-packet with protocol udp or a firewall mark, got 'tcp'",
    ],
    [
      'no persistence for port 0',
      (ipvs) => ipvs.patchService({ ...web, port: 0 }, { persistence: null }),
      'service.port must be 1 to 65535',
    ],
    [
      "the other family's mask",
      (ipvs) => ipvs.patchService(web6, { persistence: { netmask: '255.0.0.0' } }),
      'service.persistence.netmask is for IPv4',
    ],
    [
      'a timeout',
      (ipvs) => ipvs.patchService(missing, { persistence: { timeout: 0 } }),
      'service.persistence.timeout must be an integer from 1 to 4294967 (seconds), got 0',
    ],
    ['a weight', (ipvs) => ipvs.patchDestination(missing, server, { weight: -1 }), 'destination.weight'],
    [
      'a misspelt weight',
      (ipvs) => ipvs.patchDestination(missing, server, { wieght: 1 } as Wrong),
      'destination.wieght is unknown (did you mean weight?), got 1',
    ],
    [
      'thresholds',
      (ipvs) => ipvs.patchDestination(missing, server, { upperThreshold: 1, lowerThreshold: 2 }),
      'destination.lowerThreshold must be at most the upper threshold, 1, got 2',
    ],
    [
      'a tunnel without its port',
      (ipvs) => ipvs.patchDestination(missing, server, { forwarding: { tunnel: 'gue' } as Wrong }),
      'destination.forwarding.port must be an integer from 1 to 65535, got undefined',
    ],
    [
      "the other family's destination without a tunnel",
      (ipvs) => ipvs.patchDestination(missing, { address: '2001:db8::1', port: 80 }, { forwarding: 'masquerade' }),
      "destination.address must be of the service's family, inet",
    ],
  ];

  test.each(wrongs)('is refused before anything is sent: %s', async (_, patch, message) => {
    const kernel = new FakeKernel();
    const ipvs = await Ipvs.open({ kernel });
    const before = kernel.requests.length;
    const error = await patch(ipvs).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect(String(error)).toContain(message);
    expect(kernel.requests).toHaveLength(before);
  });
});
