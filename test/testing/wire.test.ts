import { describe, expect, test } from 'vitest';
import { Ipvs } from '../../src/ipvs/index.ts';
import { formatBytes, readBuffer, type Transport, TransportError, WriteBuffer } from '../../src/netlink/index.ts';
import { FakeKernel, type KernelVersion } from '../../src/testing/index.ts';
import { putGenericHeader, putMessage } from '../../src/testing/netlink/reply.ts';
import { firstDifference, receiveAll, resolve } from './differential.ts';

const REQUEST = 1;
const ACK = 4;
const DUMP = 0x300;
const NOOP = 1;
const GET_SERVICE = 4;
const GET_DEST = 8;
const NEW_DAEMON = 9;
const GET_DAEMON = 11;
const GET_INFO = 15;

/** A message without attributes. */
function message(type: number, flags: number, seq: number, command?: number): Uint8Array {
  const to = new WriteBuffer();
  putMessage(to, { type, flags, seq, pid: 0 }, () => {
    if (command !== undefined) putGenericHeader(to, command, 1);
  });
  return Uint8Array.from(to.written());
}

const fences = (count: number) =>
  Buffer.concat(Array.from({ length: count }, (_, i) => message(NOOP, REQUEST | ACK, i)));

/** Type, length and errno of every datagram. */
const summary = (datagrams: Uint8Array[]) =>
  datagrams.map((bytes) => {
    const { view } = readBuffer(bytes);
    return [view.getUint16(4, true), bytes.length, bytes.length >= 20 ? view.getInt32(16, true) : 0];
  });

/** A kernel with services on `count` addresses, and a fresh socket to it. */
function withServices(count: number, version: KernelVersion = '6.12') {
  const kernel = new FakeKernel({ version });
  const { transport, family } = resolve(kernel.connect());
  for (let i = 0; i < count; i++) {
    const nest = `540001000600010002000000060002000600000014000300${(0x0a000000 + i).toString(16).padStart(8, '0')}000000000000000000000000060004000050000007000600727200000c0007000000000000000000080008000000000008000900ffffffff`;
    const request = Buffer.concat([message(family, REQUEST, i, 1), Buffer.from(nest, 'hex')]);
    request.writeUInt32LE(request.length, 0);
    transport.send(request);
  }
  expect(receiveAll(transport)).toEqual([]);
  return { kernel, family };
}

function receive(transport: Transport, size: number): number {
  return transport.receive(new Uint8Array(size), { wait: false });
}

describe('a listing', () => {
  test.each([
    [4096, 3840],
    [8192, 8000],
    [16384, 16320],
    [32448, 32320],
    [65536, 32320],
  ])('comes in chunks by the largest buffer offered: %i bytes, %i bytes', (size, chunk) => {
    const { kernel, family } = withServices(150);
    const transport = kernel.connect();
    transport.send(message(family, REQUEST | DUMP, 1, GET_SERVICE));
    expect(receive(transport, size), 'made before any buffer was seen').toBe(3520);
    expect(receive(transport, size)).toBe(chunk);
    let last = 0;
    for (let left = true; left; ) {
      last = receive(transport, size);
      left = last !== 20;
    }
    expect(() => receive(transport, size)).toThrow(TransportError);
  });

  test('runs alone on its socket, and is never acknowledged', () => {
    const { kernel, family } = withServices(150);
    const transport = kernel.connect();
    transport.send(message(family, REQUEST | ACK | DUMP, 1, GET_SERVICE));
    transport.send(message(family, REQUEST | DUMP, 2, GET_DEST));
    transport.send(message(family, REQUEST, 3, GET_INFO));
    const answers = summary(receiveAll(transport));
    expect(answers.slice(1, 3)).toEqual([
      [2, 36, -16],
      [family, 36, 0x0000010e],
    ]);
    expect(answers.at(-1)).toEqual([3, 20, 0]);
  });

  test('that finds the queue full is refused and comes all the same', () => {
    const { kernel, family } = withServices(150);
    const transport = kernel.connect({ receiveBuffer: 212992 });
    transport.send(fences(220));
    transport.send(message(family, REQUEST | DUMP, 999, GET_SERVICE));
    const answers = summary(receiveAll(transport));
    expect(answers[220]).toEqual([2, 36, -105]);
    expect(answers.filter(([type]) => type === family)).not.toEqual([]);
    expect(answers.at(-1)).toEqual([3, 20, 0]);
  });
});

test('a daemon that is started while another is listed is listed after it', async () => {
  const kernel = new FakeKernel();
  await using ipvs = await Ipvs.open({ kernel });
  await ipvs.startDaemon({ state: 'backup', interface: 'd0' });
  const { transport, family } = resolve(kernel.connect());
  const master = Buffer.from('1c0003000800010001000000070002006430000008000300' + '07000000', 'hex');
  const start = Buffer.concat([message(family, REQUEST, 2, NEW_DAEMON), master]);
  start.writeUInt32LE(start.length, 0);
  // As Linux 5.10 answered: the second daemon is looked for when the first has been fetched, by its state and not by its place.
  transport.send(Buffer.concat([message(family, REQUEST | DUMP, 1, GET_DAEMON), start]));
  const states = receiveAll(transport).map((bytes) =>
    bytes.length > 28 ? readBuffer(bytes).view.getUint32(28, true) : 0,
  );
  expect(states).toEqual([2, 1, 0]);
});

describe('a listing for which there is no room', () => {
  test('is refused with ENOBUFS, and comes all the same', () => {
    const { kernel, family } = withServices(1);
    const transport = kernel.connect();
    const list = message(family, REQUEST | DUMP, 7, GET_SERVICE);
    kernel.refuse('ENOBUFS');
    transport.send(list);
    transport.send(list);
    const whole = [
      [family, 320, 0x101],
      [3, 20, 0],
    ];
    expect(summary(receiveAll(transport))).toEqual([[2, 36, -105], [2, 36, -16], ...whole]);
    transport.send(list);
    expect(summary(receiveAll(transport))).toEqual(whole);
  });

  test('comes after the error where not even the refusal had room', () => {
    const { kernel, family } = withServices(1);
    const transport = kernel.connect();
    kernel.overrun();
    transport.send(message(family, REQUEST | DUMP, 7, GET_SERVICE));
    expect(() => receive(transport, 4096)).toThrow('The receive buffer overran');
    expect(summary(receiveAll(transport)).map(([type]) => type)).toEqual([family, 3]);
    expect(kernel.requests.at(-1)?.refusal).toBe('ENOBUFS');
  });
});

describe('the receive buffer', () => {
  test.each([
    ['6.1', 277],
    ['6.12', 221],
    ['7.2', 221],
  ] as const)('of Linux %s holds %i acknowledgements', (version, room) => {
    const transport = new FakeKernel({ version }).connect({ receiveBuffer: 212992 });
    transport.send(fences(room));
    expect(receiveAll(transport)).toHaveLength(room);
    transport.send(fences(room + 1));
    transport.send(fences(1));
    expect(() => receive(transport, 4096)).toThrow('The receive buffer overran');
    expect(receiveAll(transport), 'all but those after the overrun').toHaveLength(room);
    transport.send(fences(1));
    expect(receiveAll(transport)).toHaveLength(1);
  });
});

describe('the policies of a family', () => {
  const GETPOLICY = 10;
  const u32 = (value: number) => `08000100 ${Buffer.from(Uint32Array.of(value).buffer).toString('hex')}`;
  const unsigned = '0c000400 00000000 00000000 0c000500 ffffffff 00000000';

  /** Every answer to GETPOLICY without its header and the family's number, which differs. */
  function policies(version: KernelVersion, attributes: string): string[] {
    const { transport } = resolve(new FakeKernel({ version }).connect());
    const request = Buffer.concat([message(16, REQUEST | DUMP, 1, GETPOLICY), Buffer.from(attributes, 'hex')]);
    request.writeUInt32LE(request.length, 0);
    transport.send(request);
    return receiveAll(transport).flatMap((datagram) => {
      const { view } = readBuffer(datagram);
      const texts: string[] = [];
      for (let at = 0; at < datagram.length; at += view.getUint32(at, true)) {
        const text = formatBytes(datagram.subarray(at + 16, at + view.getUint32(at, true)));
        texts.push(view.getUint16(at + 4, true) === 16 ? text.slice('0a020000 06000100 23000000 '.length) : text);
      }
      return texts;
    });
  }
  const named = (name: string) =>
    `${(name.length + 5).toString(16).padStart(2, '0')}000200${Buffer.from(name).toString('hex').padEnd(16, '0')}`;

  // As Linux 6.1.176, 6.12.117, 7.2.13 and 7.3.4 answered.
  test('are those of its commands, then of each attribute', () => {
    const commands = [1, 2, 3, 4, 5, 6, 7, 9, 10, 12, 13, 15, 16, 17];
    const attribute = (number: number, kind: string) => {
      const lengths = [
        kind.replaceAll(' ', '').length / 2 + 4,
        kind.replaceAll(' ', '').length / 2 + 8,
        kind.replaceAll(' ', '').length / 2 + 12,
      ];
      const [inner, middle, outer] = lengths.map((length) => length.toString(16).padStart(2, '0'));
      return `${outer}000880 ${middle}000080 ${inner}00${number.toString(16).padStart(2, '0')}80 ${kind}`;
    };
    const expected = [
      ...commands.map((command) => `10000980 0c00${command.toString(16).padStart(2, '0')}80 08000100 00000000`),
      ...[1, 2, 3].map((number) => attribute(number, u32(13))),
      ...[4, 5, 6].map((number) => attribute(number, `${unsigned} ${u32(4)}`)),
      '00000000',
    ];
    expect(policies('6.12', named('IPVS'))).toEqual(expected);
    expect(policies('6.1', named('IPVS'))).toEqual(expected);
  });

  test('of nlctrl are two', () => {
    const [number, name, command] = [
      '0c000400 00000000 00000000 0c000500 ffff0000 00000000 08000100 03000000',
      '08000700 0f000000 08000100 0c000000',
      '0c000400 00000000 00000000 0c000500 ffffffff 00000000 08000100 04000000',
    ];
    const attributes = [
      '10000980 0c000a80 08000200 01000000',
      `2c000880 28000080 24000180 ${number}`,
      `1c000880 18000080 14000280 ${name}`,
      `2c000880 28000180 24000180 ${number}`,
      `1c000880 18000180 14000280 ${name}`,
      `2c000880 28000180 24000a80 ${command}`,
      '00000000',
    ];
    const both = '18000980 14000380 08000100 00000000 08000200 00000000';
    expect(policies('7.2', '0600010010000000')).toEqual([both, ...attributes]);
    expect(policies('6.1', '0600010010000000')).toEqual(['10000980 0c000380 08000100 00000000', ...attributes]);
  });

  test.each([
    ['nothing', '', -22],
    ['another name', named('NOPE'), -2],
    ['a command without a policy', `${named('IPVS')}08000a0008000000`, -61],
    ['an unknown command', `${named('IPVS')}08000a0063000000`, -2],
    ['an unknown attribute', `${named('IPVS')}06004d0001000000`, -22],
    ['a number that is too long', '0800010023000000', -22],
    ['a flag that is not expected', `0900${'0280'}4950565300000000`, -22],
  ])('%s is refused', (_, attributes, errno) => {
    const [answer = ''] = policies('6.12', attributes);
    expect(Buffer.from(answer.slice(0, 8), 'hex').readInt32LE()).toBe(errno);
  });
});

describe('a socket', () => {
  test('tells the length of what it cut', () => {
    const { kernel, family } = withServices(1);
    const transport = kernel.connect();
    transport.send(message(family, REQUEST | DUMP, 1, GET_SERVICE));
    expect(receive(transport, 100)).toBe(320);
  });

  test('stops at a message that is too long or too short', () => {
    const transport = new FakeKernel().connect();
    const broken = message(NOOP, ACK, 2);
    broken[0] = 15;
    transport.send(Buffer.concat([fences(2), broken, fences(1)]));
    expect(receiveAll(transport)).toHaveLength(2);
  });

  test('takes no empty and no enormous datagram, and none when it is closed', () => {
    const transport = new FakeKernel().connect();
    expect(() => transport.send(new Uint8Array())).toThrow('(ENODATA)');
    expect(() => transport.send(new Uint8Array(212961))).toThrow('(EMSGSIZE)');
    transport.close();
    expect(() => transport.send(fences(1))).toThrow('The socket is closed');
    expect(() => receive(transport, 10)).toThrow('The socket is closed');
  });

  test('refuses what belongs to no family, has no header, or asks for what is not there', () => {
    const transport = new FakeKernel().connect({ extAck: false });
    const { family } = resolve(transport);
    const errnoOf = (request: Uint8Array) => {
      transport.send(request);
      return summary(receiveAll(transport))[0]?.[2];
    };
    expect(errnoOf(message(999, REQUEST, 1, 1))).toBe(-2);
    expect(errnoOf(message(family, REQUEST, 1))).toBe(-22);
    expect(errnoOf(message(family, REQUEST, 1, 14))).toBe(-95);
    expect(errnoOf(message(family, REQUEST, 1, GET_DEST))).toBe(-95);
    expect(errnoOf(message(family, REQUEST | DUMP, 1, GET_INFO))).toBe(-95);
  });

  test('without a right is told so, from 6.5 on only where the command fits', () => {
    const errnoOf = (version: KernelVersion) => {
      const { transport, family } = resolve(new FakeKernel({ version, capable: false }).connect());
      transport.send(message(family, REQUEST | DUMP, 1, GET_INFO));
      return summary(receiveAll(transport))[0]?.[2];
    };
    expect([errnoOf('6.1'), errnoOf('6.12'), errnoOf('7.2')]).toEqual([-1, -95, -95]);
  });
});

test('random requests are answered the same whatever connection they come through', () => {
  const one = new FakeKernel();
  const other = new FakeKernel();
  expect(firstDifference(one.connect(), other.connect({ receiveBuffer: 8 << 20 }), 1, 2000)).toBeUndefined();
  expect(new Set(one.requests.map(({ refusal }) => refusal)).size).toBeGreaterThan(8);
});
