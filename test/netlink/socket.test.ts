import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  Exchange,
  Family,
  operation,
  optional,
  Socket,
  TransportError,
  table,
  u32,
  WriteBuffer,
  writeOnly,
} from '../../src/netlink/index.ts';
import { type Answer, doneMessage, errorMessage, message, type Sent, scripted } from '../support/netlink/script.ts';

const FAMILY = 40;
const attributes = table('attributes', { number: optional(1, u32) });
const set = operation(1, 'TEST_CMD_SET', attributes, attributes);
const get = operation(2, 'TEST_CMD_GET', attributes, attributes);
const list = operation(3, 'TEST_CMD_LIST', attributes, attributes);

const [NOOP, ACK] = [1, 4];
const ENOENT = 2;
const EEXIST = 17;
const ENOBUFS = 105;

/** The payload of a reply: a generic netlink header and the attribute. */
function reply(seq: number, number: number, type = FAMILY): Uint8Array {
  const out = new WriteBuffer();
  attributes.write(out, { number }, {});
  return message(type, seq, Buffer.concat([Buffer.from([1, 1, 0, 0]), out.written()]));
}

function familyReply(seq: number, id: number): Uint8Array {
  const attribute = Buffer.from([6, 0, 1, 0, id, 0, 0, 0]);
  return message(16, seq, Buffer.concat([Buffer.from([1, 2, 0, 0]), attribute]));
}

/** Does what well-behaved kernels do: answers every message and acknowledges the fence. */
function kind(sent: Sent[], id = FAMILY): Answer[] {
  return sent.flatMap(({ type, seq, flags, command }) => {
    if (type === 16) return [familyReply(seq, id)];
    if (type === NOOP) return (flags & ACK) !== 0 ? [errorMessage(seq, 0)] : [];
    if (type !== id) return [errorMessage(seq, ENOENT)];
    if (command === 2) return [reply(seq, 7, id)];
    if (command === 3) return [Buffer.concat([reply(seq, 1), reply(seq, 2)]), reply(seq, 3), doneMessage(seq)];
    return [];
  });
}

async function open(answers: (sent: Sent[]) => Answer[], receiveBuffer?: number) {
  const { transport, state } = scripted(answers, receiveBuffer);
  const socket = new Socket(transport);
  const family = await Family.resolve(socket, 'TEST');
  state.datagrams.length = 0;
  return { socket, family, state };
}

describe('a socket', () => {
  test('sends the requests of a tick together and ends them with one fence', async () => {
    const { family, state } = await open(kind);
    await Promise.all([
      family.execute(set, { number: 1 }),
      family.execute(set, { number: 2 }),
      family.execute(set, { number: 3 }),
    ]);
    expect(state.datagrams.map((sent) => sent.map(({ type, flags }) => [type, flags]))).toEqual([
      [
        [FAMILY, 1],
        [FAMILY, 1],
        [FAMILY, 1],
        [NOOP, ACK],
      ],
    ]);
    await family.execute(set, {});
    expect(state.datagrams).toHaveLength(2);
    expect(state.datagrams[1]?.[0]?.seq).toBe(1 + (state.datagrams[0]?.at(-1)?.seq ?? 0));
  });

  test('needs no fence behind a request that is answered anyway', async () => {
    const { family, state } = await open(kind);
    const results = await Promise.all([family.execute(set, {}), family.request(get, {}), family.dump(list, {})]);
    expect(results).toEqual([undefined, { number: 7 }, [{ number: 1 }, { number: 2 }, { number: 3 }]]);
    expect(state.datagrams.map((sent) => sent.map(({ command }) => command))).toEqual([[1, 2, 3]]);
  });

  test('runs one dump at a time', async () => {
    const { family, state } = await open(kind);
    await Promise.all([family.dump(list, {}), family.dump(list, {}), family.execute(set, {})]);
    expect(state.datagrams.map((sent) => sent.map(({ type }) => type))).toEqual([[FAMILY], [FAMILY], [FAMILY, NOOP]]);
  });

  test('bounds a batch by the receive buffer, so that nothing but errors fits', async () => {
    const { family, state } = await open(kind, 9600);
    await Promise.all(Array.from({ length: 20 }, (_, number) => family.execute(set, { number })));
    expect(state.datagrams.map((sent) => sent.length)).toEqual([10, 10, 3]);
    await Promise.all(Array.from({ length: 9 }, () => family.request(get, {})));
    expect(state.datagrams.slice(3).map((sent) => sent.length)).toEqual([3, 3, 3]);
  });

  test('gives each request of a batch its own result', async () => {
    const { family } = await open((sent) =>
      kind(sent)
        .concat(sent.slice(1, 2).map(({ seq }) => errorMessage(seq, EEXIST)))
        .sort(bySeq),
    );
    const settled: string[] = [];
    const log = (name: string, promise: Promise<unknown>) =>
      promise.then(
        () => settled.push(`${name} done`),
        (error) => settled.push(`${name} ${error.code}`),
      );
    await Promise.all([
      log('a', family.execute(set, {})),
      log('b', family.execute(set, {})),
      log('c', family.request(get, {})),
    ]);
    // A refusal comes a little later, with the stack of who waits for it.
    expect(settled).toEqual(['a done', 'c done', 'b EEXIST']);
  });

  test('lets the event loop turn between slices', async () => {
    const slow = (sent: Sent[]) => {
      const until = performance.now() + 5;
      while (performance.now() < until);
      return kind(sent);
    };
    const { family } = await open(slow, 3000);
    let turns = 0;
    const immediate = () => {
      turns++;
      timer = setImmediate(immediate);
    };
    let timer = setImmediate(immediate);
    await Promise.all(Array.from({ length: 40 }, () => family.execute(set, {})));
    clearImmediate(timer);
    expect(turns).toBeGreaterThan(5);
  });

  test('lets the event loop turn in a long row of calls that wait for one another', async () => {
    const { family } = await open(kind);
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const end = performance.now() + 20_000;
    while (turns <= 5 && performance.now() < end) await family.request(get, {});
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });

  test('sends together what is asked for in one tick, however many promises deep', async () => {
    const { family, state } = await open(kind);
    const deep = async (depth: number): Promise<void> =>
      depth === 0 ? family.execute(set, {}) : await deep(depth - 1);
    await Promise.all([deep(0), deep(3), deep(9)]);
    expect(state.datagrams.map((sent) => sent.length)).toEqual([4]);
  });

  test('passes over answers to questions that nobody asked', async () => {
    const { family } = await open((sent) => [reply(999999, 1), errorMessage(0, ENOENT), ...kind(sent)]);
    expect(await family.request(get, {})).toEqual({ number: 7 });
  });

  test('asks once more for a family whose module another process is loading', async () => {
    let asked = 0;
    const { transport } = scripted((sent) =>
      sent.some(({ type }) => type === 16) && ++asked === 1 ? [errorMessage(sent[0]?.seq ?? 0, ENOENT)] : kind(sent),
    );
    const family = await Family.resolve(new Socket(transport), 'TEST');
    expect([family.id, asked]).toEqual([FAMILY, 2]);
  });

  test('finds a family that was loaded anew under another number', async () => {
    let id = 40;
    const { family } = await open((sent) => kind(sent, id));
    id = 41;
    expect(await Promise.all([family.request(get, {}), family.request(get, {})])).toEqual([
      { number: 7 },
      { number: 7 },
    ]);
    expect(family.id).toBe(41);
  });

  test('sends it what was refused to the byte, attributes that are never read among them', async () => {
    let id = 40;
    const { transport } = scripted((sent) => kind(sent, id));
    const payloads: string[] = [];
    const { send } = transport;
    transport.send = (datagram) => {
      payloads.push(
        Buffer.from(datagram)
          .subarray(16, 16 + 20)
          .toString('hex'),
      );
      send(datagram);
    };
    const family = await Family.resolve(new Socket(transport), 'TEST');
    const shy = table('shy', { number: optional(1, writeOnly(u32)), other: optional(2, u32) });
    id = 41;
    await family.execute(operation(1, 'TEST_CMD_SET', shy, shy), { number: 7, other: 8 });
    const [refused, again] = [payloads[1], payloads.at(-1)];
    expect(payloads).toHaveLength(4);
    expect(refused).toContain('0800010007000000');
    expect(again).toBe(refused);
  });

  test('finds it for every request that was written under the old number, batch after batch', async () => {
    let id = 40;
    const { family } = await open((sent) => kind(sent, id), 3000);
    id = 41;
    const results = await Promise.all(Array.from({ length: 9 }, () => family.request(get, {})));
    expect(results).toEqual(Array.from({ length: 9 }, () => ({ number: 7 })));
  });

  test('takes ENOENT for what it says while it closes', async () => {
    const { socket, family } = await open((sent) =>
      sent.flatMap(({ type, seq }) => (type === 16 ? familyReply(seq, FAMILY) : errorMessage(seq, ENOENT))),
    );
    const refused = family.execute(set, {});
    const closing = socket.close();
    await expect(refused).rejects.toMatchObject({ code: 'ENOENT' });
    await closing;
  });

  test('takes ENOENT for what it says when the family has not moved', async () => {
    const { family } = await open((sent) =>
      sent.flatMap(({ type, seq }) => (type === 16 ? familyReply(seq, FAMILY) : errorMessage(seq, ENOENT))),
    );
    await expect(family.execute(set, {})).rejects.toMatchObject({ code: 'ENOENT', request: 'TEST_CMD_SET' });
  });
});

test('an exchange that throws when it settles is an uncaught exception, and the others settle', async () => {
  const { socket, family } = await open(kind);
  class Faulty extends Exchange {
    readonly type = NOOP;
    readonly flags = 0;
    readonly answer = 'nothing';
    write() {}
    read() {}
    toError(): never {
      throw new Error('not refused');
    }
    onDone() {
      throw new Error('a fault of its own');
    }
    onFailure() {}
    onInterrupted() {}
  }
  const uncaught: (() => void)[] = [];
  vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((act) => void uncaught.push(act));
  onTestFinished(() => void vi.restoreAllMocks());
  socket.submit(new Faulty());
  await family.execute(set, { number: 1 });
  expect(uncaught).toHaveLength(1);
  expect(uncaught[0]).toThrow('a fault of its own');
  await socket.close();
});

describe('when answers are missing', () => {
  test('a silent kernel is a typed error, not a wait', async () => {
    const { family } = await open((sent) => (sent[0]?.type === 16 ? kind(sent) : []));
    await expect(family.execute(set, {})).rejects.toMatchObject({ code: 'ERR_NETLINK_TIMEOUT' });
    await expect(family.dump(list, {})).rejects.toMatchObject({ code: 'ERR_NETLINK_TIMEOUT' });
  });

  test('a request that is passed over says so, and the others keep their results', async () => {
    const { family } = await open((sent) => kind(sent.filter(({ command }, i) => command !== 2 || i > 0)));
    const [passedOver, done] = await Promise.allSettled([family.request(get, {}), family.execute(set, {})]);
    expect(passedOver).toMatchObject({ reason: { code: 'ERR_NETLINK_UNANSWERED' } });
    expect(done?.status).toBe('fulfilled');
  });

  test('an overrun leaves known results known and the others unknown, and the socket usable', async () => {
    let overrun = true;
    const { family } = await open((sent) => {
      if (sent[0]?.type === 16 || !overrun) return kind(sent);
      overrun = false;
      return [
        new TransportError('ERR_NETLINK_OVERRUN', 'The receive buffer overran'),
        errorMessage(sent[0]?.seq ?? 0, 17),
        reply(sent[1]?.seq ?? 0, 7),
      ];
    });
    const results = await Promise.allSettled([
      family.execute(set, {}),
      family.request(get, {}),
      family.execute(set, {}),
    ]);
    expect(results).toMatchObject([
      { reason: { code: 'EEXIST' } },
      { value: { number: 7 } },
      { reason: { code: 'ERR_NETLINK_OVERRUN' } },
    ]);
    expect(await family.request(get, {})).toEqual({ number: 7 });
  });

  test('a dump that is refused with ENOBUFS comes all the same', async () => {
    const { family } = await open((sent) =>
      sent[0]?.type === 16 ? kind(sent) : [errorMessage(sent[0]?.seq ?? 0, ENOBUFS), ...kind(sent)],
    );
    expect(await family.dump(list, {})).toHaveLength(3);
  });

  test('a dump that ends in an error rejects', async () => {
    const { family } = await open((sent) =>
      sent[0]?.type === 16 ? kind(sent) : [reply(sent[0]?.seq ?? 0, 1), doneMessage(sent[0]?.seq ?? 0, 12)],
    );
    await expect(family.dump(list, {})).rejects.toMatchObject({ code: 'ENOMEM' });
  });

  test('a cut datagram rejects what it answers, and the dump is read to its end', async () => {
    const { family } = await open((sent) => {
      if (sent[0]?.type === 16) return kind(sent);
      const seq = sent[0]?.seq ?? 0;
      const huge = message(FAMILY, seq, new Uint8Array(70000));
      return [huge, doneMessage(seq)];
    });
    await expect(family.dump(list, {})).rejects.toMatchObject({ code: 'ERR_NETLINK_TRUNCATED' });
  });

  test('a reply that cannot be read rejects its request alone', async () => {
    const { family } = await open((sent) => {
      if (sent[0]?.type === 16) return kind(sent);
      const bad = message(FAMILY, sent[0]?.seq ?? 0, Buffer.from([1, 1, 0, 0, 0xff, 0, 1, 0]));
      return [bad, ...kind(sent.slice(1))];
    });
    const [bad, good] = await Promise.allSettled([family.request(get, {}), family.request(get, {})]);
    expect(bad).toMatchObject({ reason: { name: 'WireError' } });
    expect(good).toMatchObject({ value: { number: 7 } });
  });

  test('a send that fails rejects the whole batch', async () => {
    const { family } = await open((sent) => {
      if (sent[0]?.type === 16) return kind(sent);
      throw new TransportError('ERR_NETLINK_SYSTEM', 'send failed', { syscall: 'send', errno: 90 });
    });
    const results = await Promise.allSettled([family.execute(set, {}), family.request(get, {})]);
    expect(results).toMatchObject([{ reason: { syscall: 'send' } }, { reason: { errno: 90 } }]);
  });
});

test('a process that is stopped for an hour again and again in the middle of a dump has all of it', async () => {
  const many = ({ seq }: Sent) => [...Array.from({ length: 400 }, (_, i) => reply(seq, i)), doneMessage(seq)];
  const isDump = ({ type, command }: Sent) => type === FAMILY && command === 3;
  const { family, state } = await open((sent) => sent.flatMap((each) => (isDump(each) ? many(each) : kind([each]))));
  const now = performance.now.bind(performance);
  const hours = () => (state.datagrams.length > 0 ? 5 - Math.ceil(state.left() / 100) : 0);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + hours() * 3_600_000);
  onTestFinished(() => void vi.restoreAllMocks());
  expect(await family.dump(list, {})).toHaveLength(400);
});

describe('giving up', () => {
  test('what was not sent is not carried out, and what was is read to its end', async () => {
    const { family, state } = await open(kind);
    const controller = new AbortController();
    const given = [
      family.dump(list, {}, undefined, { signal: controller.signal }),
      family.execute(set, {}, { signal: controller.signal }),
    ];
    const kept = family.execute(set, {});
    controller.abort();
    for (const promise of given) await expect(promise).rejects.toMatchObject({ name: 'AbortError' });
    await kept;
    // The dump would have travelled alone; the other request travels on as a message that does nothing.
    expect(state.datagrams.map((sent) => sent.map(({ type }) => type))).toEqual([[NOOP, FAMILY, NOOP]]);
  });

  test('an aborted signal sends nothing', async () => {
    const { family, state } = await open(kind);
    await expect(family.request(get, {}, undefined, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(state.datagrams).toEqual([]);
  });

  test('a signal is let go of when the call has settled', async () => {
    const { family } = await open(kind);
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners++;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners--;
      removeEventListener.apply(signal, args);
    };
    await family.request(get, {}, undefined, { signal });
    expect(listeners).toBe(0);
  });

  test('closing waits for what is under way and refuses what comes later', async () => {
    const { socket, family, state } = await open(kind);
    const underWay = family.request(get, {});
    const closing = socket.close();
    expect(state.closed).toBe(false);
    await expect(family.request(get, {})).rejects.toMatchObject({ code: 'ERR_NETLINK_CLOSED' });
    expect(await underWay).toEqual({ number: 7 });
    await closing;
    expect(state.closed).toBe(true);
    await socket.close();
  });
});

function bySeq(a: Answer, b: Answer): number {
  const seq = (answer: Answer) => (answer instanceof Error ? 0 : Buffer.from(answer).readUInt32LE(8));
  return seq(a) - seq(b);
}
