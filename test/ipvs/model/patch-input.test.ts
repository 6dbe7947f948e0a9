import { describe, expect, test } from 'vitest';
import { type DestinationPatch, InputError, Ipvs, type ServicePatch } from '../../../src/ipvs/index.ts';
import { FakeKernel } from '../../../src/testing/index.ts';

const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
const any = { ...web, port: 0 };
const server = { address: '192.0.2.20', port: 80 };
const server6 = { address: '2001:db8::20', port: 80 };

// What JavaScript may pass, whatever the types say.
type Wrong = Record<string, unknown> | null;

async function open(): Promise<Ipvs> {
  const ipvs = await Ipvs.open({ kernel: new FakeKernel() });
  await ipvs.addService(web);
  await ipvs.addService({ ...any, persistence: {} });
  await ipvs.addDestination(web, { ...server, upperThreshold: 5 });
  await ipvs.addDestination(web, { ...server6, forwarding: { tunnel: 'ipip' } });
  return ipvs;
}

async function tableOf(ipvs: Ipvs): Promise<unknown[]> {
  const entries: unknown[] = [];
  for await (const entry of ipvs.table()) entries.push(entry);
  return entries;
}

describe('a patch that cannot be meant is refused and changes nothing', () => {
  test.each<[patch: Wrong, message: string]>([
    [null, 'service must be an object, got null'],
    [{ sheduler: 'rr' }, "service.sheduler is unknown (did you mean scheduler?), got 'rr'"],
    [
      { scheduler: 7 },
      'service.scheduler must be a name of 1 to 15 printable ASCII characters without spaces or slashes, got 7',
    ],
    [
      { flags: { 'one-packet': true } },
      "service.flags may only have one-packet with protocol udp or a firewall mark, got 'tcp'",
    ],
    [{ flags: { 'mh-port': true } }, "service.flags may only have mh-port with scheduler mh, got 'wlc'"],
    [
      { persistence: { timeout: 0 } },
      'service.persistence.timeout must be an integer from 1 to 4294967 (seconds), got 0',
    ],
    [
      { persistence: { prefixLength: 64 } },
      'service.persistence.prefixLength is for IPv6; an IPv4 service has a netmask, got 64',
    ],
    [
      { persistence: { mask: 1 } },
      'service.persistence.mask is unknown (known are timeout, netmask, prefixLength, engine), got 1',
    ],
  ])('a service: %j', async (patch, message) => {
    const ipvs = await open();
    const before = await tableOf(ipvs);
    await expect(ipvs.patchService(web, patch as ServicePatch)).rejects.toThrow(message);
    expect(await tableOf(ipvs)).toEqual(before);
  });

  test('a service for all ports that would no longer be persistent', async () => {
    const ipvs = await open();
    const error = await ipvs.patchService(any, { persistence: null }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({ path: 'service.port', value: 0 });
  });

  test.each<[patch: Wrong, message: string]>([
    [null, 'destination must be an object, got null'],
    [{ wieght: 1 }, 'destination.wieght is unknown (did you mean weight?), got 1'],
    [{ weight: -1 }, 'destination.weight must be an integer from 0 to 2147483647, got -1'],
    [{ lowerThreshold: 6 }, 'destination.lowerThreshold must be at most the upper threshold, 5, got 6'],
    [
      { forwarding: { tunnel: 'gue' } },
      'destination.forwarding.port must be an integer from 1 to 65535, got undefined',
    ],
  ])('a destination: %j', async (patch, message) => {
    const ipvs = await open();
    const before = await tableOf(ipvs);
    await expect(ipvs.patchDestination(web, server, patch as DestinationPatch)).rejects.toThrow(message);
    expect(await tableOf(ipvs)).toEqual(before);
  });

  test('a destination of the other family that would leave its tunnel', async () => {
    const ipvs = await open();
    await expect(ipvs.patchDestination(web, server6, { forwarding: 'masquerade' })).rejects.toThrow(
      "destination.address must be of the service's family, inet, unless forwarded through a tunnel, got '2001:db8::20'",
    );
  });
});
