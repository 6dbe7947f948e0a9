import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SystemError } from '../../src/errors/system-error.ts';
import { Ipvs } from '../../src/ipvs/index.ts';
import { type Kernel, parseRecording, record, replay, traced } from '../../src/netlink/index.ts';
import { Rtnetlink } from '../../src/rtnetlink/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';

const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;

/** What an act gives on a kernel and on a replay of what was recorded of it, which it must use up. */
async function twice<Result>(kernel: Kernel, act: (kernel: Kernel) => Promise<Result>) {
  const lines: string[] = [];
  const live = await act(record(kernel, (line) => lines.push(line)));
  const source = replay(lines.join('\n'));
  const replayed = await act(source);
  expect(source.remaining).toBe(0);
  return { live, replayed, lines, recording: parseRecording(lines.join('\n')) };
}

/** A kernel whose sockets are otherwise bounded. */
function bounded(kernel: Kernel, bounds: { receiveBuffer?: number; largestDatagram?: number }): Kernel {
  return {
    openNetlink: async (protocol) => {
      const transport = await kernel.openNetlink(protocol);
      return {
        receiveBuffer: transport.receiveBuffer,
        littleEndian: transport.littleEndian,
        ...bounds,
        send: (datagram) => transport.send(datagram),
        receive: (into, options) => transport.receive(into, options),
        close: () => transport.close(),
      };
    },
    readFile: (path) => kernel.readFile(path),
    writeFile: (path, text) => kernel.writeFile(path, text),
  };
}

/** A kernel with one file, read in these pieces and then failing, if it does. */
function withFile(pieces: readonly Uint8Array[], error?: Error): Kernel {
  const kernel = new FakeKernel();
  return {
    openNetlink: (protocol) => kernel.openNetlink(protocol),
    writeFile: (path, text) => kernel.writeFile(path, text),
    async *readFile() {
      // One buffer for all: a piece is valid only until the next is asked for.
      const buffer = Buffer.alloc(1024);
      for (const piece of pieces) {
        buffer.set(piece);
        yield buffer.subarray(0, piece.length);
      }
      if (error) throw error;
    },
  };
}

/** Errors that nothing catches, while this test runs. */
function uncaughtErrors(): unknown[] {
  const before = process.listeners('uncaughtException');
  const errors: unknown[] = [];
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => errors.push(error));
  onTestFinished(() => {
    process.removeAllListeners('uncaughtException');
    for (const listener of before) process.on('uncaughtException', listener);
  });
  return errors;
}

describe('recorded sockets', () => {
  test('are text to review', async () => {
    const { lines } = await twice(
      bounded(new FakeKernel(), { receiveBuffer: 4096, largestDatagram: 2048 }),
      async (kernel) => {
        const transports = [await kernel.openNetlink('generic'), await kernel.openNetlink('route')];
        for (const transport of transports) {
          transport.send(Buffer.from('10000000010005000100000000000000', 'hex'));
          transport.receive(new Uint8Array(100));
        }
      },
    );
    const acknowledgement = '24000000 02000001 01000000 01000000 00000000 10000000 01000500 01000000 00000000';
    expect(lines.map((line) => line.replace(/(<( \w{8}){3}) \w{8}/, '$1 01000000'))).toEqual([
      '@ open generic receiveBuffer=4096 largestDatagram=2048',
      '@ open 2 route receiveBuffer=4096 largestDatagram=2048',
      '> 10000000 01000500 01000000 00000000',
      `< ${acknowledgement}`,
      '',
      '2> 10000000 01000500 01000000 00000000',
      `2< ${acknowledgement}`,
    ]);
  });

  test.each([{ receiveBuffer: 100_000 }, { largestDatagram: 4096 }])('replay batches bounded by %j', async (bounds) => {
    const { live, replayed, recording } = await twice(bounded(new FakeKernel(), bounds), async (kernel) => {
      await using ipvs = await Ipvs.open({ kernel });
      return Promise.all(Array.from({ length: 200 }, (_, index) => ipvs.service({ ...web, port: index + 1 })));
    });
    expect(recording.sockets).toMatchObject([{ number: 1, protocol: 'generic', ...bounds }]);
    expect(recording.exchanges.length).toBeGreaterThan(3);
    expect(replayed).toEqual(live);
  });

  test('do not mix up their answers, nor does one take away those of another when it is closed', async () => {
    const fake = new FakeKernel();
    await using setUp = await Ipvs.open({ kernel: fake });
    await setUp.addService(web);
    const addresses = Array.from({ length: 6000 }, (_, index) => `10.1.${index >> 8}.${index & 255}`);
    await Promise.all(addresses.map((address) => setUp.addDestination(web, { address, port: 80 })));
    const { live, replayed, recording } = await twice(fake, async (kernel) => {
      const [ipvs, rtnetlink] = [await Ipvs.open({ kernel }), await Rtnetlink.open({ kernel })];
      const destinations = ipvs.destinations(web);
      await new Promise(setImmediate);
      const links = await rtnetlink.links();
      await rtnetlink.close();
      const addresses = (await destinations).map(({ address }) => address);
      await ipvs.close();
      return { addresses, links };
    });
    expect(live.addresses).toHaveLength(6000);
    expect(replayed).toEqual(live);
    const [lookup, listing] = recording.sockets?.[0]?.exchanges ?? [];
    expect(lookup?.replies).toHaveLength(1);
    expect(listing?.replies.length).toBeGreaterThan(10);
  });

  test('are told apart within a protocol by the order in which they were opened', async () => {
    const { live, replayed } = await twice(new FakeKernel(), async (kernel) => {
      const [first, second] = [await Ipvs.open({ kernel }), await Ipvs.open({ kernel })];
      await first.addService(web);
      const services = await second.services();
      await first.removeService(web);
      return services;
    });
    expect(live).toHaveLength(1);
    expect(replayed).toEqual(live);
  });

  test('are all that can be opened', async () => {
    const source = replay('@ open route receiveBuffer=4096');
    const failure = { code: 'ERR_NETLINK_REPLAY', message: expect.stringContaining('no further generic socket') };
    await expect(source.openNetlink('generic')).rejects.toMatchObject(failure);
    expect(await source.openNetlink('route')).toMatchObject({ receiveBuffer: 4096, largestDatagram: undefined });
    await expect(source.openNetlink('route')).rejects.toMatchObject({ code: 'ERR_NETLINK_REPLAY' });
  });

  test('share one conversation where their opening was not recorded', async () => {
    const request = '10000000 01000500 01000000 00000000';
    const source = replay(`> ${request}\n< 11111111\n> ${request}\n< 22222222`);
    const answers = [];
    for (const protocol of ['generic', 'route'] as const) {
      const transport = await source.openNetlink(protocol);
      expect(transport.receiveBuffer).toBe(Number.MAX_SAFE_INTEGER);
      transport.send(Buffer.from(request.replaceAll(' ', ''), 'hex'));
      const answer = Buffer.alloc(4);
      transport.receive(answer);
      answers.push(answer.toString('hex'));
    }
    expect([answers, source.remaining]).toEqual([['11111111', '22222222'], 0]);
  });

  test.each(['@ open', '@ open generic', '@ open x receiveBuffer=1', '@ open 2 receiveBuffer=1', '> 00\n2< 00'])(
    'are not opened by %j',
    (line) => expect(() => parseRecording(line)).toThrow(/line \d of the recording is neither/),
  );
});

describe('a callback that throws', () => {
  const full = new Error('no space left on device');

  test.each(['>', '<', '@'])('of record at %j leaves the conversation alone', async (mark) => {
    const errors = uncaughtErrors();
    const kernel = record(new FakeKernel(), (line) => {
      if (line.startsWith(mark)) throw full;
    });
    await using ipvs = await Ipvs.open({ kernel });
    await ipvs.addService(web);
    await kernel.writeFile('/proc/sys/net/ipv4/vs/conntrack', '1\n');
    expect(await ipvs.services()).toMatchObject([web]);
    expect(await ipvs.services()).toMatchObject([web]);
    await new Promise(setImmediate);
    expect(errors.length).toBeGreaterThan(0);
    expect(new Set(errors)).toEqual(new Set([full]));
  });

  test('of a trace leaves the conversation alone', async () => {
    const errors = uncaughtErrors();
    const fake = new FakeKernel();
    const kernel = bounded(fake, {});
    const openNetlink: Kernel['openNetlink'] = async (protocol) =>
      traced(await kernel.openNetlink(protocol), {}, () => {
        throw full;
      });
    await using ipvs = await Ipvs.open({ kernel: { ...kernel, openNetlink } });
    await ipvs.addService(web);
    expect(await ipvs.services()).toMatchObject([web]);
    await new Promise(setImmediate);
    expect(new Set(errors)).toEqual(new Set([full]));
  });

  test('does not keep a datagram from being recorded that could not be sent', async () => {
    const lines: string[] = [];
    const transport = await record(bounded(new FakeKernel(), {}), (line) => lines.push(line)).openNetlink('generic');
    transport.close();
    expect(() => transport.send(Uint8Array.of(1, 2))).toThrow();
    expect(lines.at(-1)).toBe('> 0102');
  });
});

describe('recorded files', () => {
  const path = '/proc/net/ip_vs_conn';
  const read = async (kernel: Kernel) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of kernel.readFile(path)) pieces.push(Buffer.from(piece));
    return Buffer.concat(pieces).toString('latin1');
  };

  test('replay byte for byte', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.uint8Array(),
            fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
          ),
        ),
        async (pieces) => {
          const { live, replayed } = await twice(withFile(pieces), read);
          expect(replayed).toBe(live);
        },
      ),
    ));

  test('are text but for lines that are none', async () => {
    const { lines, replayed } = await twice(
      withFile([Buffer.from('\ufeffgr\u00fcn\n'), Buffer.from('a\xe9b\n', 'latin1')]),
      read,
    );
    expect(lines).toEqual([`@ read ${path}`, String.raw`| "${'\ufeff'}grün\n"`, String.raw`|latin1 "aéb\n"`]);
    expect(replayed).toBe(Buffer.from('\ufeffgr\u00fcn\na\xe9b\n').toString('latin1').replace('\xc3\xa9', '\xe9'));
  });

  test('that were left early hold what was read', async () => {
    const { live, replayed, lines } = await twice(
      withFile([Buffer.from('one\ntw'), Buffer.from('o\n')]),
      async (kernel) => {
        for await (const piece of kernel.readFile(path)) return Buffer.from(piece).toString();
        return undefined;
      },
    );
    expect([live, replayed]).toEqual(['one\ntw', 'one\ntw']);
    expect(lines).toEqual([`@ read ${path}`, String.raw`| "one\n"`, '| "tw"']);
  });

  test('that failed half way give what was read, and fail', async () => {
    const kernel = withFile([Buffer.from('one\n')], new SystemError('read', path, 5));
    const { live, replayed, lines } = await twice(kernel, async (kernel) => {
      const seen: string[] = [];
      try {
        for await (const piece of kernel.readFile(path)) seen.push(Buffer.from(piece).toString());
      } catch (error) {
        seen.push((error as SystemError).code);
      }
      return seen;
    });
    expect([live, replayed]).toEqual([
      ['one\n', 'EIO'],
      ['one\n', 'EIO'],
    ]);
    expect(lines).toEqual([`@ read ${path} EIO`, String.raw`| "one\n"`]);
  });

  test('that failed by another error are not recorded', async () => {
    const lines: string[] = [];
    const kernel = record(withFile([], new Error('out of order')), (line) => lines.push(line));
    await expect(read(kernel)).rejects.toThrow('out of order');
    expect(lines).toEqual([]);
  });
});
