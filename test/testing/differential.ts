import { GENL_ID_CTRL } from '../../src/netlink/codec/constants.ts';
import {
  control,
  formatBytes,
  getFamily,
  type Transport,
  TransportError,
  WriteBuffer,
} from '../../src/netlink/index.ts';
import { putGenericHeader, putMessage } from '../../src/testing/netlink/reply.ts';
import { comparable, familyIn, messages, readdress } from './answers.ts';
import { RandomRequests } from './random-requests.ts';

const NLM_F_REQUEST = 1;
const IPVS_CMD_DEL_DAEMON = 10;

/** A transport, and the number that the family has on it. */
export interface Side {
  readonly transport: Transport;
  readonly family: number;
}

/** A request that was answered differently. */
export interface Difference {
  readonly request: Uint8Array;
  readonly answers: readonly [string[], string[]];
}

/** Sends the same random datagrams to two kernels; returns the first that they answered differently, if any. */
export function firstDifference(one: Transport, other: Transport, seed: number, count: number): Difference | undefined {
  const sides = [resolve(one), resolve(other)] as const;
  const requests = new RandomRequests(seed, sides[0].family, one.littleEndian);
  for (let i = 0; i < count; i++) {
    const request = requests.next();
    const [a, b] = sides.map((each) =>
      exchange(each, readdress(request, sides[0].family, each.family, one.littleEndian)),
    );
    if (a && b && !sameAnswers(a, b, endsOfDaemons(request, one.littleEndian))) return { request, answers: [a, b] };
  }
  return undefined;
}

/** Asks for the family's number. */
export function resolve(transport: Transport): Side {
  const to = new WriteBuffer(64, transport.littleEndian);
  putMessage(to, { type: GENL_ID_CTRL, flags: NLM_F_REQUEST, seq: 0, pid: 0 }, () => {
    putGenericHeader(to, getFamily.command, 1);
    control.write(to, { familyName: 'IPVS' }, {});
  });
  transport.send(to.written());
  const family = familyIn(receiveAll(transport)[0] ?? new Uint8Array(), transport.littleEndian);
  if (family === undefined) throw new Error('the kernel has no IPVS');
  return { transport, family };
}

function exchange({ transport, family }: Side, request: Uint8Array): string[] {
  transport.send(request);
  return comparable(receiveAll(transport), family, transport.littleEndian);
}

/** Every datagram that is there. */
export function receiveAll(transport: Transport): Uint8Array[] {
  const into = new Uint8Array(65536);
  const datagrams: Uint8Array[] = [];
  for (;;) {
    try {
      datagrams.push(into.slice(0, transport.receive(into, { wait: false })));
    } catch (error) {
      if (error instanceof TransportError && error.code === 'ERR_NETLINK_TIMEOUT') return datagrams;
      throw error;
    }
  }
}

function sameAnswers(a: string[], b: string[], mayBeLost: ReadonlySet<string>): boolean {
  const [one, other] = [a, b].map((answers) =>
    withoutAcknowledgements(answers, mayBeLost).map(withoutListingCommand).join('\n'),
  );
  return one === other;
}

/**
 * The sequence numbers of the messages that end a sync daemon, as bytes: their acknowledgement may get lost
 * (net/netfilter/ipvs/ip_vs_sync.c, stop_sync_thread).
 */
function endsOfDaemons(request: Uint8Array, littleEndian: boolean | undefined): Set<string> {
  const ends = messages(request, littleEndian).filter(({ bytes }) => bytes[16] === IPVS_CMD_DEL_DAEMON);
  return new Set(ends.map(({ bytes }) => formatBytes(bytes.subarray(8, 12))));
}

/** Answers without the acknowledgements, errno 0, of messages with these sequence numbers, and what ends their datagrams. */
function withoutAcknowledgements(answers: readonly string[], numbers: ReadonlySet<string>): string[] {
  const isOne = (answer = '') => {
    const [, , number = '', , errno] = answer.split(' ');
    return numbers.has(number) && errno === '00000000';
  };
  return answers.filter((answer, i) => !isOne(answer) && !isOne(answers[i - 1]));
}

/**
 * GETPOLICY is a command that only lists. Asked for its own policy, it says that this is the policy of command 0, up to 6.12.107 or
 * later (net/netlink/genetlink.c, ctrl_dumppolicy_put_op).
 */
function withoutListingCommand(answer: string): string {
  return answer.replace(/ (?:0c00(?:00|0a)80(?= 08000200)|000c80(?:00|0a)(?= 00080002))/, ' (GETPOLICY)');
}
