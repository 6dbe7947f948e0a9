import { describe, expect, test } from 'vitest';
import {
  Family,
  getFamily,
  parseRecording,
  recordTransport,
  replay,
  Socket,
  TransportError,
  traced,
  WireError,
} from '../../src/netlink/index.ts';
import { errorMessage, message, scripted } from '../support/netlink/script.ts';

/** Answers every lookup with family 40, every other message with ESRCH. */
const kernel = () =>
  scripted((sent) =>
    sent.map(({ type, seq }) =>
      type === 16
        ? message(
            16,
            seq,
            Buffer.from('01020000 06000100 28000000 09000200 54455354 00000000'.replaceAll(' ', ''), 'hex'),
          )
        : errorMessage(seq, type === 1 ? 0 : 3),
    ),
  ).transport;

async function recorded(): Promise<string> {
  const lines: string[] = [];
  const socket = new Socket(recordTransport(kernel(), (line) => lines.push(line)));
  await Family.resolve(socket, 'TEST');
  await socket.close();
  return lines.join('\n');
}

describe('a recording', () => {
  test('is text to review', async () => {
    expect(await recorded()).toBe(
      [
        '> 20000000 10000100 01000000 00000000 03020000 09000200 54455354 00000000',
        '< 28000000 10000000 01000000 00000000 01020000 06000100 28000000 09000200 54455354 00000000',
      ].join('\n'),
    );
  });

  test('plays whatever the sequence numbers', async () => {
    const kernel = replay(
      `# a comment\n\n${(await recorded()).replaceAll(' 01000000 00000000', ' 63000000 11111111')}\n`,
    );
    const family = await Family.resolve(new Socket(await kernel.openNetlink('generic')), 'TEST');
    expect([family.id, kernel.remaining]).toEqual([40, 0]);
  });

  test('says where the conversation went another way', async () => {
    const kernel = replay(await recorded());
    await expect(Family.resolve(new Socket(await kernel.openNetlink('generic')), 'EST')).rejects.toThrow(
      /another way than recorded: request 1 differs\n {2}recorded 20000000 .* 54455354 00000000\n {2}made {5}1c000000/,
    );
    const socket = new Socket(await replay(await recorded()).openNetlink('generic'));
    const family = await Family.resolve(socket, 'TEST');
    const error = await family.request(getFamily, {}).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TransportError);
    expect(error).toMatchObject({
      code: 'ERR_NETLINK_REPLAY',
      message: expect.stringContaining('request 2 was not recorded'),
    });
  });

  test.each(['< 00', 'x', '> 0', '> zz', '>'])('is refused with a line like %j', (line) => {
    expect(() => parseRecording(`# fine\n${line}`)).toThrow(WireError);
    expect(() => replay(`# fine\n${line}`)).toThrow('line 2 of the recording is neither');
  });
});

describe('a trace', () => {
  test('says every message in words', async () => {
    const lines: string[] = [];
    const socket = new Socket(
      traced(kernel(), { TEST: [{ ...getFamily, name: 'TEST_CMD_LOOK', command: 9 }] }, (line) => lines.push(line)),
    );
    const family = await Family.resolve(socket, 'TEST');
    const look = { ...getFamily, name: 'TEST_CMD_LOOK', command: 9 };
    await family.request(look, { familyId: 7 }).catch(() => undefined);
    await family.execute({ ...look, command: 8 }, {}).catch(() => undefined);
    await family.dump(look, {}).catch(() => undefined);
    expect(lines).toEqual([
      "> #1 CTRL_CMD_GETFAMILY { familyName: 'TEST' }",
      "< #1 { familyId: 40, familyName: 'TEST' }",
      '> #3 TEST_CMD_LOOK { familyId: 7 }',
      '< #3 ESRCH',
      '> #5 family 40 command 8',
      '> #6 fence',
      '< #5 ESRCH',
      '< #6 ack',
      '> #7 TEST_CMD_LOOK dump {}',
      '< #7 ESRCH',
    ]);
  });

  test('never breaks what it shows', async () => {
    const lines: string[] = [];
    const bad = scripted((sent) =>
      sent.map(({ seq }) => message(16, seq, Buffer.from('01020000ff000100', 'hex'))),
    ).transport;
    const socket = new Socket(traced(bad, {}, (line) => lines.push(line)));
    await expect(Family.resolve(socket, 'TEST')).rejects.toBeInstanceOf(WireError);
    expect(lines.at(-1)).toBe('< #1 unreadable: an attribute of 255 bytes where 4 are left');
  });
});
