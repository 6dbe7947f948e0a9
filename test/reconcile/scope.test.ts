import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError, Ipvs, type ServiceKey } from '../../src/ipvs/index.ts';
import { plan, readTable, type Scope } from '../../src/reconcile/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';
import { wrapClient } from '../support/ipvs/wrap-client.ts';

/** Whether a plan of nothing for a table of one service removes it. */
function has(scope: Scope, service: ServiceKey): boolean {
  const { ...key } = service;
  const entry = { service: { ...key, scheduler: 'rr', flags: {} }, destinations: [] } as never;
  return plan([entry], [], { scope }).length === 1;
}

const tcp = (address: string, port = 80) => ({ protocol: 'tcp', address, port }) as const;
const word = fc.oneof(fc.constant(0), fc.nat(0xffff));
const address4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((parts) => parts.join('.'));
const address6 = fc
  .array(word, { minLength: 7, maxLength: 7 })
  // Not of ::/16, where a BlockList sees IPv4 addresses.
  .map((words) => [0x2001, ...words].map((each) => each.toString(16)).join(':'));

describe('a scope', () => {
  test.each([
    ['ipv4', address4, 32],
    ['ipv6', address6, 128],
  ] as const)('has the %s addresses of a network that Node sees in it', (family, address, bits) => {
    // An address that shares a random number of bits with the network's is near the border as often as not.
    const near = fc.tuple(address, address, fc.nat(bits), fc.nat(bits));
    fc.assert(
      fc.property(near, ([network, other, length, shared]) => {
        const list = new BlockList();
        list.addSubnet(network, length, family);
        const candidate = mix(network, other, shared);
        expect(has({ addresses: [`${network}/${length}`] }, tcp(candidate))).toBe(list.check(candidate, family));
      }),
      { numRuns: 150 },
    );
  });

  test.each<[Scope, ServiceKey, boolean]>([
    [{ addresses: ['192.0.2.10'] }, tcp('192.0.2.10'), true],
    [{ addresses: ['192.0.2.10'] }, tcp('192.0.2.11'), false],
    [{ addresses: ['2001:DB8:0::10'] }, tcp('2001:db8::10'), true],
    [{ addresses: ['0.0.0.0/0'] }, tcp('2001:db8::10'), false],
    [{ addresses: ['::/0'] }, tcp('192.0.2.10'), false],
    [{ addresses: ['::ffff:192.0.2.10'] }, tcp('192.0.2.10'), false],
    [{ addresses: [] }, tcp('192.0.2.10'), false],
    [{ addresses: ['192.0.2.0/24'], ports: ['8000-8999'] }, tcp('192.0.2.10', 8000), true],
    [{ addresses: ['192.0.2.0/24'], ports: ['8000-8999'] }, tcp('192.0.2.10', 8999), true],
    [{ addresses: ['192.0.2.0/24'], ports: ['8000-8999'] }, tcp('192.0.2.10', 9000), false],
    [{ ports: ['80', 443] }, tcp('192.0.2.10', 443), true],
    [{ protocols: ['udp'] }, tcp('192.0.2.10'), false],
    [{ protocols: ['#6'] }, tcp('192.0.2.10'), true],
    [{ marks: [7] }, { fwmark: 7 }, true],
    [{ marks: ['5-9'] }, { fwmark: 7, family: 'inet6' }, true],
    [{ marks: ['5-9'] }, { fwmark: 10 }, false],
    [{ marks: ['5-9'] }, tcp('192.0.2.10', 7), false],
    [{ ports: [7] }, { fwmark: 7 }, false],
    [[{ marks: [7] }, { ports: [80] }], tcp('192.0.2.10'), true],
    [[], tcp('192.0.2.10'), false],
    [(service) => 'fwmark' in service, { fwmark: 7 }, true],
    [(service) => 'fwmark' in service, tcp('192.0.2.10'), false],
  ])('%j and %j', (scope, service, expected) => {
    expect(has(scope, service)).toBe(expected);
  });

  test.each<[unknown, string]>([
    [{}, 'scope must name one of addresses, protocols, ports, marks'],
    [{ address: ['192.0.2.1'] }, 'scope.address is unknown (did you mean addresses?)'],
    [{ addresses: '192.0.2.1' }, 'scope.addresses must be an array'],
    [
      { addresses: ['192.0.2.1/33'] },
      'scope.addresses[0] must be an integer from 0 to 32 (bits of the prefix), got 33',
    ],
    [{ addresses: ['192.0.2.1', 'web'] }, "scope.addresses[1] must be an address or a network such as '192.0.2.0/24'"],
    [{ protocols: ['http'] }, "scope.protocols[0] must be 'tcp', 'udp', 'sctp'"],
    [{ ports: ['80-'] }, "scope.ports[0] must be a number, or a range such as '8000-8999'"],
    [{ ports: ['90-80'] }, 'scope.ports[0] must be a range whose last number is not below its first'],
    [{ ports: [65536] }, 'scope.ports[0] must be an integer from 0 to 65535'],
    [[{ marks: [1] }, { marks: [0] }], 'scope[1].marks[0] must be an integer from 1 to 4294967295'],
    [7, 'scope must be an object'],
  ])('%j is refused', (scope, message) => {
    expect(() => plan([], [], { scope: scope as Scope })).toThrow(InputError);
    expect(() => plan([], [], { scope: scope as Scope })).toThrow(message);
  });
});

describe('reading the table', () => {
  test('asks for nothing of what is out of scope', async () => {
    const kernel = new FakeKernel();
    const ipvs = await Ipvs.open({ kernel });
    const services = [tcp('192.0.2.10'), tcp('192.0.2.11'), { fwmark: 7, family: 'inet' } as const];
    await Promise.all(
      services.flatMap((each) => [ipvs.addService(each), ipvs.addDestination(each, { address: '10.0.0.5', port: 80 })]),
    );
    kernel.requests.length = 0;
    const table = await readTable(ipvs, { scope: { addresses: ['192.0.2.11'] } });
    expect(table).toMatchObject([{ service: services[1], destinations: [{ address: '10.0.0.5' }] }]);
    expect(kernel.requests.filter(({ command }) => command === 'IPVS_CMD_GET_DEST')).toHaveLength(1);
    expect(await readTable(ipvs)).toHaveLength(3);
    await ipvs.close();
  });

  test('leaves out a service that is removed meanwhile', async () => {
    const ipvs = await Ipvs.open({ kernel: new FakeKernel() });
    await ipvs.addService(tcp('192.0.2.10'));
    const client = wrapClient(ipvs, {
      destinations: (key, options) => ipvs.removeService(key).then(() => ipvs.destinations(key, options)),
    });
    const reading = readTable(client);
    expect(await reading).toEqual([]);
    await ipvs.close();
  });

  test('is aborted, and refuses an invalid scope', async () => {
    const ipvs = await Ipvs.open({ kernel: new FakeKernel() });
    await ipvs.addService(tcp('192.0.2.10'));
    await expect(readTable(ipvs, { signal: AbortSignal.abort('enough') })).rejects.toBe('enough');
    await expect(readTable(ipvs, { scope: {} })).rejects.toThrow(InputError);
    await ipvs.close();
  });
});

/** The first bits of one address and the last of another of its family. */
function mix(a: string, b: string, bits: number): string {
  const hex = a.includes(':');
  const [wide, separator, radix] = hex ? [16, ':', 16] : [8, '.', 10];
  const other = b.split(separator);
  return a
    .split(separator)
    .map((part, i) => {
      const mask = 2 ** wide - 2 ** Math.max(0, wide - Math.max(0, bits - wide * i));
      const [left, right] = [Number.parseInt(part, radix), Number.parseInt(other[i] ?? '0', radix)];
      return ((left & mask) | (right & ~mask & (2 ** wide - 1))).toString(radix);
    })
    .join(separator);
}
