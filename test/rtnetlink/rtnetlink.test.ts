import { describe, expect, test } from 'vitest';
import { KernelError, type ReceiveOptions } from '../../src/netlink/index.ts';
import { type OpenOptions, Rtnetlink, RtnetlinkError } from '../../src/rtnetlink/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';
import { disturbed } from '../support/netlink/disturbed.ts';

/** A kernel with a dummy `v0`. */
async function withDummy(kernel = new FakeKernel()) {
  const rtnetlink = await Rtnetlink.open({ kernel });
  await rtnetlink.addLink({ name: 'v0', kind: 'dummy' });
  const { index = 0 } = (await rtnetlink.link('v0')) ?? {};
  return { kernel, rtnetlink, index };
}

const vip = (i: number) => `10.${96 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;

test('10,000 addresses are added, listed and removed', async () => {
  const { rtnetlink, index } = await withDummy();
  const addresses = Array.from({ length: 10_000 }, (_, i) => vip(i));
  await Promise.all(addresses.map((address) => rtnetlink.addAddress({ index, address })));
  const listed = await rtnetlink.addresses({ index });
  expect(listed.map(({ address }) => address)).toEqual(addresses);
  expect(listed.every(({ prefixLength, label }) => prefixLength === 32 && label === 'v0')).toBe(true);
  await Promise.all(addresses.map((address) => rtnetlink.removeAddress({ index, address })));
  expect(await rtnetlink.addresses({ index })).toEqual([]);
});

test('whatever is listed can be removed', async () => {
  const { rtnetlink, index } = await withDummy();
  await rtnetlink.addAddress({ index, address: vip(1), prefixLength: 24, broadcast: vip(255), label: 'v0:1' });
  await rtnetlink.addAddress({ index, address: '2001:db8::1', deprecated: true });
  for (const address of await rtnetlink.addresses({ index })) await rtnetlink.removeAddress(address);
  expect(await rtnetlink.addresses({ index })).toEqual([]);
});

test('addresses of other families are passed over', async () => {
  const kernel = new FakeKernel();
  const { openNetlink } = kernel;
  kernel.openNetlink = async (protocol) => {
    const transport = await openNetlink.call(kernel, protocol);
    const { send, receive } = transport;
    const waiting: Uint8Array[] = [];
    return Object.assign(transport, {
      send(datagram: Uint8Array) {
        waiting.push(mctpAddress(Buffer.from(datagram).readUInt32LE(8)));
        send.call(transport, datagram);
      },
      receive(into: Uint8Array, options: ReceiveOptions) {
        const first = waiting.shift();
        if (!first) return receive.call(transport, into, options);
        into.set(first);
        return first.length;
      },
    });
  };
  await using rtnetlink = await Rtnetlink.open({ kernel });
  await using undisturbed = await Rtnetlink.open({ kernel: new FakeKernel() });
  expect(await rtnetlink.addresses()).toEqual(await undisturbed.addresses());
});

/** An address of MCTP, which has one byte, as a listing of all families has it (net/mctp/device.c, mctp_fill_addrinfo). */
function mctpAddress(seq: number): Buffer {
  const [AF_MCTP, RTM_NEWADDR, NLM_F_MULTI, IFA_ADDRESS, IFA_LOCAL] = [45, 20, 2, 1, 2];
  const message = Buffer.alloc(40);
  message.writeUInt32LE(message.length, 0);
  message.writeUInt16LE(RTM_NEWADDR, 4);
  message.writeUInt16LE(NLM_F_MULTI, 6);
  message.writeUInt32LE(seq, 8);
  message[16] = AF_MCTP;
  message.writeUInt32LE(1, 20);
  for (const [at, type] of [
    [24, IFA_LOCAL],
    [32, IFA_ADDRESS],
  ] as const) {
    message.writeUInt16LE(5, at);
    message.writeUInt16LE(type, at + 2);
    message[at + 4] = 8;
  }
  return message;
}

test('calls of one tick are one datagram, each with its own result', async () => {
  const kernel = new FakeKernel();
  const sent: number[] = [];
  const { openNetlink } = kernel;
  kernel.openNetlink = async (protocol) => {
    const transport = await openNetlink.call(kernel, protocol);
    const { send } = transport;
    transport.send = (datagram) => {
      sent.push(datagram.length);
      send.call(transport, datagram);
    };
    return transport;
  };
  const { rtnetlink, index } = await withDummy(kernel);
  sent.length = 0;
  const results = await Promise.allSettled(
    [vip(1), vip(2), vip(1), vip(3)].map((address) => rtnetlink.addAddress({ index, address })),
  );
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect(sent).toHaveLength(1);
});

describe('a listing that others disturb', () => {
  test('is repeated, and then right', async () => {
    const { kernel, rtnetlink, index } = await withDummy();
    await Promise.all(Array.from({ length: 1000 }, (_, i) => rtnetlink.addAddress({ index, address: vip(i) })));
    const transport = kernel.connect({ protocol: 'route' });
    const acts = [() => transport.send(removal(index, 0))];
    await using reader = await Rtnetlink.open({ kernel: disturbed(kernel, () => acts.shift(), 'route') });
    const listed = await reader.addresses({ index });
    expect(acts).toEqual([]);
    expect(listed).toHaveLength(999);
    expect(new Set(listed.map(({ address }) => address)).size).toBe(999);
  });

  test('rejects where it is disturbed every time', async () => {
    const { kernel, rtnetlink, index } = await withDummy();
    await Promise.all(Array.from({ length: 1000 }, (_, i) => rtnetlink.addAddress({ index, address: vip(i) })));
    const transport = kernel.connect({ protocol: 'route' });
    let removed = 0;
    const next = () => () => transport.send(removal(index, removed++));
    await using reader = await Rtnetlink.open({ kernel: disturbed(kernel, next, 'route') });
    await expect(reader.addresses({ index })).rejects.toMatchObject({
      code: 'ERR_NETLINK_INTERRUPTED',
      message: "The kernel's table changed during each of 5 dumps (NLM_F_DUMP_INTR)",
    });
    expect(await rtnetlink.addresses({ index })).toHaveLength(1000 - removed);
  });
});

/** RTM_DELADDR of an address, as bytes. */
function removal(index: number, i: number): Uint8Array {
  const message = Buffer.alloc(16 + 8 + 8);
  message.writeUInt32LE(message.length, 0);
  message.writeUInt16LE(21, 4);
  message.writeUInt16LE(1, 6);
  message.writeUInt8(2, 16);
  message.writeUInt8(32, 17);
  message.writeUInt32LE(index, 20);
  message.writeUInt16LE(8, 24);
  message.writeUInt16LE(2, 26);
  vip(i)
    .split('.')
    .forEach((part, at) => {
      message.writeUInt8(Number(part), 28 + at);
    });
  return message;
}

test('after an overrun the answers that came count, and the next listing is whole', async () => {
  const { kernel, rtnetlink, index } = await withDummy();
  await rtnetlink.addAddress({ index, address: vip(1) });
  kernel.overrun();
  const results = await Promise.allSettled([
    rtnetlink.addAddress({ index, address: vip(2) }),
    rtnetlink.addAddress({ index, address: vip(1) }),
  ]);
  expect(results).toMatchObject([
    { status: 'rejected', reason: { code: 'ERR_NETLINK_OVERRUN' } },
    { status: 'rejected', reason: { code: 'ERR_NETLINK_OVERRUN' } },
  ]);
  // What was asked may or may not have been done: here it was.
  expect((await rtnetlink.addresses({ index })).map(({ address }) => address)).toEqual([vip(1), vip(2)]);
});

test('a refusal is an RtnetlinkError with a reason, and what was sent in its message', async () => {
  const { rtnetlink, index } = await withDummy();
  const address = { index, address: '198.51.100.1', peer: '198.51.100.2' };
  await rtnetlink.addAddress(address);
  const error: unknown = await rtnetlink.addAddress(address).catch((error) => error);
  expect(error).toBeInstanceOf(RtnetlinkError);
  expect(error).toBeInstanceOf(KernelError);
  expect(error).toMatchObject({
    name: 'RtnetlinkError',
    code: 'EEXIST',
    errno: 17,
    request: 'RTM_NEWADDR',
    reason: 'address-exists',
    message: expect.stringMatching(
      /^Cannot add address 198\.51\.100\.1 peer 198\.51\.100\.2\/32 to link \d+: the link has this address already \(EEXIST/,
    ),
  });
});

test.each([
  ['EPERM', 'RTM_NEWADDR', 'not-permitted'],
  ['EACCES', 'RTM_NEWADDR', 'not-supported'],
  ['ENOBUFS', 'RTM_NEWADDR', 'other'],
  ['ENXIO', 'RTM_DELADDR', 'no-such-address'],
] as const)('%s to %s is %s', async (errno, command, reason) => {
  const { kernel, rtnetlink, index } = await withDummy();
  kernel.refuse(errno, { command });
  const call =
    command === 'RTM_NEWADDR'
      ? rtnetlink.addAddress({ index, address: vip(1) })
      : rtnetlink.removeAddress({ index, address: vip(1) });
  await expect(call).rejects.toMatchObject({ code: errno, reason });
});

test('without the privilege links and addresses are read, and not changed', async () => {
  await using rtnetlink = await Rtnetlink.open({ kernel: new FakeKernel({ capable: false }) });
  expect((await rtnetlink.links()).map(({ name }) => name)).toEqual(['lo', 'd0', 'd1']);
  expect((await rtnetlink.addresses({ index: 1 })).map(({ address }) => address)).toEqual(['127.0.0.1', '::1']);
  const refused = { code: 'EPERM', reason: 'not-permitted' };
  await expect(rtnetlink.addLink({ name: 'v0', kind: 'dummy' })).rejects.toMatchObject(refused);
  await expect(rtnetlink.addAddress({ index: 1, address: vip(1) })).rejects.toMatchObject(refused);
});

test('invalid values reject before anything is sent, and so does a signal that is aborted', async () => {
  const { kernel, rtnetlink, index } = await withDummy();
  const before = kernel.requests.length;
  const input = { code: 'ERR_INPUT' };
  await expect(rtnetlink.link('a b')).rejects.toMatchObject(input);
  await expect(rtnetlink.removeLink('')).rejects.toMatchObject(input);
  await expect(rtnetlink.addLink({ name: 'v1' } as never)).rejects.toMatchObject(input);
  await expect(rtnetlink.addAddress({ index, address: 'x' })).rejects.toMatchObject(input);
  await expect(rtnetlink.removeAddress({ index: 1.5, address: vip(1) })).rejects.toMatchObject(input);
  await expect(rtnetlink.addresses({ link: 1 } as never)).rejects.toMatchObject(input);
  await expect(rtnetlink.addresses({ family: 'ipv4' } as never)).rejects.toMatchObject(input);
  await expect(rtnetlink.links({ timeout: 1 } as never)).rejects.toMatchObject(input);
  const reason = new Error('enough');
  const signal = AbortSignal.abort(reason);
  await expect(rtnetlink.addAddress({ index, address: vip(1) }, { signal })).rejects.toBe(reason);
  await expect(rtnetlink.addresses({}, { signal })).rejects.toBe(reason);
  expect(kernel.requests).toHaveLength(before);
});

test('an IPv6 address can be deprecated from the beginning', async () => {
  const { rtnetlink, index } = await withDummy();
  const address = '2001:db8:96::10';
  await rtnetlink.addAddress({ index, address, flags: { NODAD: true }, deprecated: true });
  const flags = { NODAD: true, DEPRECATED: true, PERMANENT: true };
  expect(await rtnetlink.addresses({ index })).toEqual([
    { index, address, prefixLength: 128, scope: 'global', flags, preferredLifetime: 0 },
  ]);
});

test('the fake kernel keeps the requests in the names of their headers and tables', async () => {
  const { kernel, rtnetlink, index } = await withDummy();
  await rtnetlink.addAddress({ index, address: '10.96.0.1' });
  expect(kernel.requests.at(-1)).toEqual({
    command: 'RTM_NEWADDR',
    dump: false,
    fields: {
      header: { ifa_family: 2, ifa_prefixlen: 32, ifa_flags: 0, ifa_scope: 0, ifa_index: index },
      attributes: { address: '10.96.0.1', local: '10.96.0.1' },
    },
    refusal: undefined,
  });
});

test('opening takes a kernel or a namespace, and nothing else', async () => {
  const open = (options: unknown) => Rtnetlink.open(options as OpenOptions);
  await expect(open({ kernel: {} })).rejects.toMatchObject({ code: 'ERR_INPUT', path: 'kernel' });
  await expect(open({ netns: '' })).rejects.toMatchObject({ code: 'ERR_INPUT', path: 'netns' });
  await expect(open({ namespace: 'x' })).rejects.toMatchObject({ code: 'ERR_INPUT', path: 'namespace' });
  await expect(open({ netns: 'no-such-namespace' })).rejects.toMatchObject({ code: 'ERR_NETLINK_NETNS' });
});

test('a closed client rejects', async () => {
  const { rtnetlink } = await withDummy();
  await rtnetlink.close();
  await expect(rtnetlink.links()).rejects.toMatchObject({ code: 'ERR_NETLINK_CLOSED' });
});
