import { expect, test } from 'vitest';
import {
  type Destination,
  describeDestination,
  describeService,
  InputError,
  Ipvs,
  jsonReplacer,
  jsonReviver,
  type Service,
} from '../../src/ipvs/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';
import { noTraffic } from '../contract/expected.ts';

const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
const server = { address: '192.0.2.20', port: 8080 };

test('what was read can be written as JSON without loss, and read back', async () => {
  const ipvs = await Ipvs.open({ kernel: new FakeKernel() });
  await ipvs.addService({ ...web, scheduler: 'mh', flags: { 'mh-port': true }, persistence: { timeout: 9 } });
  await ipvs.addDestination(web, { ...server, forwarding: { tunnel: 'gue', port: 6080 } });
  const statistics = {
    ...noTraffic,
    incomingBytes: 2n ** 64n - 1n,
    connections: 2n ** 53n + 1n,
    connectionsPerSecond: 3,
  };
  const services: Service[] = (await ipvs.services()).map((service) => ({ ...service, statistics }));
  const destinations: Destination[] = (await ipvs.destinations(web)).map((each) => ({ ...each, statistics }));

  const text = JSON.stringify({ services, destinations }, jsonReplacer);
  expect(text).toContain('"connections":"9007199254740993"');
  expect(text).toContain('"incomingBytes":"18446744073709551615"');
  expect(text).toContain('"connectionsPerSecond":3');
  expect(JSON.parse(text, jsonReviver)).toEqual({ services, destinations });

  const [parsed] = JSON.parse(text).services;
  await ipvs.updateService(parsed);
  await ipvs.updateDestination(parsed, JSON.parse(text).destinations[0]);
  expect(await ipvs.destinations(web)).toMatchObject([{ forwarding: { tunnel: 'gue', port: 6080 } }]);
});

test('only totals are revived', () => {
  const text = '{"address":"10","port":80,"connections":"-1","incomingBytes":7,"outgoingBytes":"7"}';
  expect(JSON.parse(text, jsonReviver)).toEqual({
    address: '10',
    port: 80,
    connections: '-1',
    incomingBytes: 7,
    outgoingBytes: 7n,
  });
});

test('keys in words', async () => {
  expect(describeService(web)).toBe('tcp 192.0.2.10:80');
  expect(describeService({ ...web, address: '2001:db8::10' })).toBe('tcp [2001:db8::10]:80');
  expect(describeService({ fwmark: 7 })).toBe('fwmark 7');
  expect(describeService({ fwmark: 7, family: 'inet6' })).toBe('fwmark 7 inet6');
  expect(describeDestination(server)).toBe('192.0.2.20:8080');
  expect(describeDestination({ address: '2001:db8::20', port: 0 })).toBe('[2001:db8::20]:0');
  // They are the words of the messages.
  const ipvs = await Ipvs.open({ kernel: new FakeKernel() });
  await expect(ipvs.removeDestination(web, server)).rejects.toThrow(
    `Cannot remove destination ${describeDestination(server)} from service ${describeService(web)}: no such service`,
  );
  expect(() => describeService(undefined as never)).toThrow(InputError);
  expect(() => describeDestination(null as never)).toThrow(InputError);
});
