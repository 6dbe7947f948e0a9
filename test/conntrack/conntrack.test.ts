import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Conntrack, ConntrackError, type FlowFilter, type FlowKey, type Tuple } from '../../src/conntrack/index.ts';
import { canonicalAddress } from '../../src/linux/address.ts';
import { FakeKernel } from '../../src/testing/index.ts';

const original = { source: '10.244.1.9', destination: '10.96.0.10', sourcePort: 40000, destinationPort: 53 };

test('what is put into the fake kernel is listed and removed, whatever it is', async () => {
  const port = fc.integer({ min: 0, max: 65535 });
  const tuple = (address: fc.Arbitrary<string>) =>
    fc.record({ source: address, destination: address, sourcePort: port, destinationPort: port });
  const flows = fc.record({
    protocol: fc.constantFrom('udp' as const, 'tcp' as const, 'sctp' as const, '#99' as const),
    tuples: fc.oneof(fc.tuple(tuple(fc.ipV4()), tuple(fc.ipV4())), fc.tuple(tuple(fc.ipV6()), tuple(fc.ipV6()))),
    timeout: fc.nat(0xffff_ffff),
    mark: fc.nat(0xffff_ffff),
    zone: fc.record({ value: port, of: fc.constantFrom('both' as const, 'original' as const, 'reply' as const) }),
  });
  await fc.assert(
    fc.asyncProperty(flows, async ({ protocol, tuples, timeout, mark, zone: { value, of } }) => {
      const [original, reply] = tuples.map((each, i) =>
        of === ['original', 'reply'][i] ? { ...each, zone: value } : each,
      ) as [Tuple, Tuple];
      const zone = of === 'both' ? value : 0;
      const kernel = new FakeKernel();
      await using conntrack = await Conntrack.open({ kernel });
      kernel.flows.add({ protocol, original, reply, timeout, mark, zone });
      const canonical = ({ zone, ...each }: Tuple) => ({
        ...each,
        ...(zone && { zone }),
        source: canonicalAddress(each.source),
        destination: canonicalAddress(each.destination),
      });
      const [flow, ...others] = await conntrack.flows({ protocol, destinationPort: original.destinationPort });
      const expected = { protocol, original: canonical(original), reply: canonical(reply), timeout, mark, id: 1 };
      expect(flow).toEqual({ ...expected, ...(zone !== 0 && { zone }) });
      expect(others).toEqual([]);
      if (flow) await conntrack.removeFlow(flow);
      expect(kernel.flows.size).toBe(0);
    }),
  );
});

test('1,000 of 10,000 flows are found and removed in batches', async () => {
  const kernel = new FakeKernel();
  for (let i = 0; i < 10_000; i++)
    kernel.flows.add({
      protocol: i % 2 === 0 ? 'udp' : 'tcp',
      original: { ...original, sourcePort: 10_000 + i, destinationPort: 53 + (i % 10) },
    });
  await using conntrack = await Conntrack.open({ kernel });
  const found = await conntrack.flows({ protocol: 'udp', destinationPort: 57 });
  expect(found).toHaveLength(1000);
  await Promise.all(found.map((flow) => conntrack.removeFlow(flow)));
  expect(kernel.flows.size).toBe(9000);
  expect(await conntrack.flows({ protocol: 'udp', destinationPort: 57 })).toEqual([]);
});

test('without the privilege every call rejects', async () => {
  await using conntrack = await Conntrack.open({ kernel: new FakeKernel({ capable: false }) });
  const refused = { name: 'ConntrackError', code: 'EPERM', reason: 'not-permitted' };
  await expect(conntrack.flows()).rejects.toMatchObject(refused);
  await expect(conntrack.removeFlow({ protocol: 'udp', original })).rejects.toMatchObject(refused);
});

test('without the privilege each call of a tick rejects with what it asked for, also beside one that is aborted', async () => {
  await using conntrack = await Conntrack.open({ kernel: new FakeKernel({ capable: false }) });
  const controller = new AbortController();
  const calls = [
    conntrack.removeFlow({ protocol: 'udp', original }, { signal: controller.signal }),
    conntrack.removeFlow({ protocol: 'tcp', original }),
    conntrack.flows(),
  ];
  controller.abort();
  const outcomes = await Promise.allSettled(calls);
  expect(outcomes.map((each) => each.status === 'rejected' && each.reason)).toMatchObject([
    controller.signal.reason,
    { code: 'EPERM', message: expect.stringMatching(/^Cannot remove tcp flow /) },
    { code: 'EPERM', message: expect.stringMatching(/^Cannot list the flows: /) },
  ]);
});

test.each([
  ['EINVAL', 'not-supported'],
  ['EBUSY', 'other'],
  ['ENXIO', 'other'],
] as const)('%s is %s', async (errno, reason) => {
  const kernel = new FakeKernel();
  await using conntrack = await Conntrack.open({ kernel });
  kernel.refuse(errno, { command: 'IPCTNL_MSG_CT_GET' });
  const error: unknown = await conntrack.flows().catch((error) => error);
  expect(error).toBeInstanceOf(ConntrackError);
  expect(error).toMatchObject({ code: errno, reason, message: expect.stringMatching(/^Cannot list the flows: /) });
});

test.each<[unknown, string]>([
  [undefined, 'flow must be an object'],
  [{ protocol: 'udp' }, 'flow.original must be an object'],
  [
    { protocol: 'igmp', original },
    "flow.protocol must be one of icmp, tcp, udp, dccp, gre, icmpv6, sctp, udplite, or '#'",
  ],
  [{ protocol: '#256', original }, 'flow.protocol must be one of'],
  [{ protocol: 'udp', original: { ...original, source: 'x' } }, 'flow.original.source must be an IPv4 or IPv6 address'],
  [
    { protocol: 'udp', original: { ...original, source: '::1' } },
    'flow.original.destination must be of the same family',
  ],
  [
    { protocol: 'udp', original: { ...original, sourcePort: undefined } },
    'flow.original.sourcePort must be an integer',
  ],
  [{ protocol: 'udp', original: { ...original, port: 1 } }, 'flow.original.port is unknown'],
  [{ protocol: 'udp', original, zone: 65536 }, 'flow.zone must be an integer from 0 to 65535'],
  [{ protocol: 'udp', original, id: -1 }, 'flow.id must be an integer from 0'],
  [{ protocol: 'udp', original, family: 'inet' }, 'flow.family is unknown'],
])('a flow to remove cannot be %j: without its tuple the kernel would remove all', async (key, message) => {
  const kernel = new FakeKernel();
  await using conntrack = await Conntrack.open({ kernel });
  await expect(conntrack.removeFlow(key as FlowKey)).rejects.toThrow(message);
  expect(kernel.requests).toEqual([]);
});

test.each<[unknown, string]>([
  [{ family: 'ip' }, 'filter.family must be inet or inet6'],
  [{ protocol: 'x' }, 'filter.protocol must be one of'],
  [{ destinationPort: 53 }, 'filter.destinationPort needs a protocol'],
  [{ protocol: 'udp', destinationPort: 65536 }, 'filter.destinationPort must be an integer'],
  [{ port: 53 }, 'filter.port is unknown'],
])('a filter cannot be %j', async (filter, message) => {
  await using conntrack = await Conntrack.open({ kernel: new FakeKernel() });
  await expect(conntrack.flows(filter as FlowFilter)).rejects.toThrow(message);
});

test('a signal that is aborted, and a client that is closed', async () => {
  const conntrack = await Conntrack.open({ kernel: new FakeKernel() });
  const reason = new Error('enough');
  await expect(conntrack.flows({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  await conntrack.close();
  await expect(conntrack.flows()).rejects.toMatchObject({ code: 'ERR_NETLINK_CLOSED' });
});
