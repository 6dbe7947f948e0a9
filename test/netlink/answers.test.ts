import { describe, expect, test } from 'vitest';
import { Ipvs } from '../../src/ipvs/index.ts';
import { Family, operation, optional, Socket, type Transport, table, text, u32 } from '../../src/netlink/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';
import { type Answer, doneMessage, errorMessage, message, type Sent, scripted } from '../support/netlink/script.ts';

const FAMILY = 40;
const attributes = table('attributes', { number: optional(1, u32), text: optional(2, text(15)) });
const set = operation(1, 'TEST_CMD_SET', attributes, attributes);
const get = operation(2, 'TEST_CMD_GET', attributes, attributes);
const list = operation(3, 'TEST_CMD_LIST', attributes, attributes);

const [NOOP, ERROR, DONE, OVERRUN] = [1, 2, 3, 4];
const NLM_F_DUMP_INTR = 0x10;
const EINVAL = 22;

const generic = Buffer.from([1, 1, 0, 0]);
const reply = (seq: number, type = FAMILY, flags = 0) => message(type, seq, generic, flags);
const resolved = (seq: number) =>
  message(16, seq, Buffer.concat([generic, Buffer.from([6, 0, 1, 0, FAMILY, 0, 0, 0])]));
const patched = (bytes: Uint8Array, at: number, value: number) => {
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, value, true);
  return bytes;
};

/** A family whose kernel answers GETFAMILY well and everything else as told, by the sequence numbers of the requests. */
async function answering(answers: (seqs: number[], sent: Sent[]) => Answer[]) {
  const { transport, state } = scripted((sent) =>
    sent[0]?.type === 16
      ? [resolved(sent[0].seq)]
      : answers(
          sent.map(({ seq }) => seq),
          sent,
        ),
  );
  const socket = new Socket(transport);
  return { family: await Family.resolve(socket, 'TEST'), state, socket, transport };
}

const wire = { code: 'ERR_NETLINK_WIRE' };

describe('a listing that breaks off', () => {
  test.each([
    ['by a cut datagram', (kernel: FakeKernel) => kernel.truncate(30)],
    ['by a datagram too short for a message', (kernel: FakeKernel) => kernel.truncate(10)],
  ])('%s rejects with what was lost, and the next one is whole', async (_, fault) => {
    const kernel = new FakeKernel();
    await using ipvs = await Ipvs.open({ kernel });
    const service = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
    await ipvs.addService(service);
    const keys = Array.from({ length: 2000 }, (_, i) => ({ address: `10.0.${i >> 8}.${i & 255}`, port: 80 }));
    await Promise.all(keys.map((key) => ipvs.addDestination(service, key)));
    kernel.truncate(1e9);
    fault(kernel);
    await expect(ipvs.destinations(service)).rejects.toThrow(/^the listing broke off after \d+ entries: /);
    expect(await ipvs.destinations(service)).toHaveLength(2000);
  });

  test.each<[string, (seq: number) => Answer[], string]>([
    ['when the next datagram does not come', () => [], 'ERR_NETLINK_TIMEOUT'],
    ['when the transport fails', () => [new Error('unplugged')], 'ERR_NETLINK_SYSTEM'],
    ['when another request is answered', (seq) => [reply(seq + 1), doneMessage(seq + 1)], 'ERR_NETLINK_TIMEOUT'],
    ['when the kernel says so', (seq) => [message(OVERRUN, seq)], 'ERR_NETLINK_OVERRUN'],
  ])('rejects %s', async (_, rest, code) => {
    const { family } = await answering(([seq = 0]) => [reply(seq), ...rest(seq)]);
    await expect(family.dump(list, {})).rejects.toMatchObject({
      code,
      message: expect.stringContaining('after 1 entries'),
    });
  });

  test('is resumed by an acknowledgement, so that the kernel ends it', async () => {
    const { family, state } = await answering(([seq = 0], [first]) =>
      first?.type === NOOP ? [errorMessage(seq, 0), doneMessage(seq - 1)] : [reply(seq)],
    );
    await expect(family.dump(list, {})).rejects.toMatchObject({ code: 'ERR_NETLINK_TIMEOUT' });
    expect(state.datagrams.map((sent) => sent[0]?.type)).toEqual([16, FAMILY, NOOP]);
  });
});

describe('a datagram that holds no whole message', () => {
  test.each<[string, (seq: number) => Answer[]]>([
    ['is shorter than a header', () => [new Uint8Array(10)]],
    ['is empty', () => [new Uint8Array(0)]],
    ['has bytes left over', (seq) => [Buffer.concat([errorMessage(seq, 0), new Uint8Array(4)])]],
    ['has a length near 2^32', (seq) => [patched(errorMessage(seq, 0), 0, 0xfffffffd)]],
    ['has a length of 0', (seq) => [patched(errorMessage(seq, 0), 0, 0)]],
  ])('%s', async (_, answers) => {
    const { family } = await answering((seqs) => [...answers(seqs.at(-1) ?? 0), errorMessage(seqs.at(-1) ?? 0, 0)]);
    await expect(family.execute(set, {})).rejects.toMatchObject(wire);
  });

  test('never makes a success of a refusal', async () => {
    const kernel = new FakeKernel();
    await using ipvs = await Ipvs.open({ kernel });
    kernel.truncate(10);
    const refused = ipvs.addService({ protocol: 'tcp', address: '192.0.2.10', port: 80, scheduler: 'nosuch' });
    await expect(refused).rejects.toMatchObject(wire);
    kernel.truncate(10);
    await expect(ipvs.services()).rejects.toMatchObject(wire);
  });
});

describe('a transport that does not keep its word', () => {
  test.each<[string, () => unknown, string]>([
    ['returns 0 for ever', () => 0, 'ERR_NETLINK_WIRE'],
    ['returns undefined', () => undefined, 'ERR_NETLINK_WIRE'],
    ['returns a promise', () => Promise.resolve(36), 'ERR_NETLINK_WIRE'],
    ['returns a fraction', () => 36.5, 'ERR_NETLINK_WIRE'],
    ['returns more than any buffer', () => Number.MAX_VALUE, 'ERR_NETLINK_TRUNCATED'],
    [
      'throws undefined',
      () => {
        throw undefined;
      },
      'ERR_NETLINK_SYSTEM',
    ],
    [
      'throws a text',
      () => {
        throw 'no';
      },
      'ERR_NETLINK_SYSTEM',
    ],
  ])('%s', async (_, receive, code) => {
    const { family, transport } = await answering(() => []);
    transport.receive = receive as Transport['receive'];
    const calls = [family.execute(set, {}), family.request(get, {}), family.dump(list, {})];
    for (const result of await Promise.allSettled(calls)) expect(result).toMatchObject({ reason: { code } });
  });

  test('fails to send with undefined', async () => {
    const { family, transport } = await answering(() => []);
    transport.send = () => {
      throw undefined;
    };
    await expect(family.execute(set, {})).rejects.toMatchObject({ code: 'ERR_NETLINK_SYSTEM' });
  });

  test('answers others without end: the event loop turns, and the call settles', async () => {
    const { family, transport } = await answering(() => []);
    transport.receive = (into) => {
      into.set(reply(0));
      return 20;
    };
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await expect(family.execute(set, {})).rejects.toMatchObject({ code: 'ERR_NETLINK_TIMEOUT' });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });
});

describe('an answer that does not fit the question', () => {
  type Question = (family: Family) => Promise<unknown>;
  const ask: Question = (family) => family.request(get, {});
  const tell: Question = (family) => family.execute(set, {});
  const dump: Question = (family) => family.dump(list, {});
  test.each<[string, Question, (seqs: number[]) => Answer[]]>([
    ['an acknowledgement for a reply', ask, ([seq = 0]) => [errorMessage(seq, 0)]],
    ['the end of a dump for a reply', ask, ([seq = 0]) => [doneMessage(seq)]],
    ['an acknowledgement for a dump', dump, ([seq = 0]) => [errorMessage(seq, 0)]],
    ['a reply of another family', ask, ([seq = 0]) => [reply(seq, FAMILY + 1)]],
    ['an entry of another family', dump, ([seq = 0]) => [reply(seq, FAMILY + 1), doneMessage(seq)]],
    ['a reply without its header', ask, ([seq = 0]) => [message(FAMILY, seq)]],
    ['a positive error number', ask, ([seq = 0]) => [errorMessage(seq, -EINVAL)]],
    ['a positive error number at the end', dump, ([seq = 0]) => [reply(seq), doneMessage(seq, -EINVAL)]],
    ['an error without an errno', ask, ([seq = 0]) => [message(ERROR, seq)]],
    ['an end with half an errno', dump, ([seq = 0]) => [message(DONE, seq, new Uint8Array(2))]],
    ['a reply where there is none', tell, ([seq = 0, fence = 0]) => [reply(seq), errorMessage(fence, 0)]],
    ['an end where there is none', tell, ([seq = 0, fence = 0]) => [doneMessage(seq), errorMessage(fence, 0)]],
    [
      'an acknowledgement nobody asked for',
      tell,
      ([seq = 0, fence = 0]) => [errorMessage(seq, 0), errorMessage(fence, 0)],
    ],
    ['a fence that is refused', tell, ([, fence = 0]) => [errorMessage(fence, EINVAL)]],
    ['a fence that is answered by a reply', tell, ([, fence = 0]) => [reply(fence)]],
    [
      'a second reply',
      (family) => Promise.all([ask(family), tell(family)]),
      ([seq = 0, , fence = 0]) => [reply(seq), reply(seq), errorMessage(fence, 0)],
    ],
    [
      'an error that claims more of the request than there is',
      ask,
      ([seq = 0]) => [message(ERROR, seq, patched(patched(new Uint8Array(20), 0, -EINVAL), 4, 0xfffffffd), 0x200)],
    ],
  ])('%s', async (_, question, answers) => {
    const { family } = await answering(answers);
    await expect(question(family)).rejects.toMatchObject(wire);
  });

  test('NLMSG_OVERRUN', async () => {
    const { family } = await answering(([seq = 0]) => [message(OVERRUN, seq, generic)]);
    await expect(family.request(get, {})).rejects.toMatchObject({ code: 'ERR_NETLINK_OVERRUN' });
  });

  test.each<[string, (seq: number) => Answer]>([
    ['an acknowledgement', (seq) => errorMessage(seq, 0)],
    ['a reply without a number', (seq) => message(16, seq, generic)],
  ])('GETFAMILY answered by %s', async (_, answer) => {
    const { transport } = scripted((sent) => sent.map(({ seq }) => answer(seq)));
    await expect(Family.resolve(new Socket(transport), 'TEST')).rejects.toMatchObject(wire);
  });
});

describe('a dump that the kernel marks as inconsistent', () => {
  test('is repeated until it is consistent', async () => {
    let attempts = 0;
    const { family } = await answering(([seq = 0]) =>
      ++attempts < 3
        ? [reply(seq), reply(seq, FAMILY, NLM_F_DUMP_INTR), doneMessage(seq)]
        : [reply(seq), doneMessage(seq)],
    );
    expect(await family.dump(list, { number: 7 })).toHaveLength(1);
    expect(attempts).toBe(3);
  });

  test('is given up after five attempts', async () => {
    const { family, state } = await answering(([seq = 0]) => [message(DONE, seq, new Uint8Array(4), NLM_F_DUMP_INTR)]);
    await expect(family.dump(list, {})).rejects.toMatchObject({ code: 'ERR_NETLINK_INTERRUPTED' });
    expect(state.datagrams).toHaveLength(6);
  });
});

describe('a datagram that is sent', () => {
  test('is no larger than the send buffer, and every request is carried out once and in order', async () => {
    const sizes: number[] = [];
    const numbers: number[] = [];
    const { transport } = scripted((sent) =>
      sent[0]?.type === 16 ? [resolved(sent[0].seq)] : [errorMessage(sent.at(-1)?.seq ?? 0, 0)],
    );
    const { send } = transport;
    const bounded: Transport = {
      ...transport,
      largestDatagram: 200,
      send(datagram) {
        sizes.push(datagram.length);
        const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
        for (let at = 0; at < datagram.length; at += view.getUint32(at, true))
          if (view.getUint16(at + 4, true) === FAMILY) numbers.push(view.getUint32(at + 24, true));
        send(datagram);
      },
    };
    const family = await Family.resolve(new Socket(bounded), 'TEST');
    const wanted = Array.from({ length: 50 }, (_, number) => number);
    await Promise.all(wanted.map((number) => family.execute(set, { number, text: 'x'.repeat(number % 16) })));
    expect(numbers).toEqual(wanted);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(200);
  });
});
