import { TransportError } from '../../errors/transport-error.ts';
import type { Transport } from '../../linux/transport.ts';
import { readBuffer } from '../codec/buffer.ts';
import { hostIsLittleEndian } from '../codec/byte-order.ts';
import { align } from '../codec/constants.ts';
import { nlmsghdr } from '../codec/struct.ts';
import { formatBytes, parseRecording, type RecordedExchange } from './recording.ts';

const { nlmsg_len, nlmsg_seq, nlmsg_pid } = nlmsghdr.offset;

/** A transport that plays a recorded conversation. */
export interface Replay extends Transport {
  /** How many of the recorded requests were not made. */
  readonly remaining: number;
}

/**
 * Plays a recorded conversation: every datagram sent must be, byte for byte, the next one recorded, sequence numbers
 * and port ids aside, and is answered with what was recorded, under the sequence numbers of the request at hand.
 * @throws WireError when the text is not a conversation
 * @throws TransportError `ERR_NETLINK_REPLAY` from `send`, for a request that was not recorded
 */
export function replay(text: string): Replay {
  const turns = parseRecording(text);
  let next = 0;
  let answers: Uint8Array[] = [];
  return {
    // A recording has no queue that could overrun.
    receiveBuffer: Number.MAX_SAFE_INTEGER,
    get remaining() {
      return turns.length - next;
    },
    send(datagram) {
      const turn = turns[next];
      if (!turn) throw mismatch(`request ${next + 1} was not recorded: ${formatBytes(anonymous(datagram))}`);
      const [expected, actual] = [formatBytes(anonymous(turn.request)), formatBytes(anonymous(datagram))];
      if (expected !== actual)
        throw mismatch(`request ${next + 1} differs\n  recorded ${expected}\n  made     ${actual}`);
      next++;
      answers = renumber(turn, datagram);
    },
    receive(into) {
      const answer = answers.shift();
      if (!answer) throw new TransportError('ERR_NETLINK_TIMEOUT', 'The recording holds no further answer');
      into.set(answer.subarray(0, into.length));
      return answer.length;
    },
    close() {
      answers = [];
    },
  };
}

function mismatch(what: string): TransportError {
  return new TransportError('ERR_NETLINK_REPLAY', `The conversation went another way than recorded: ${what}`);
}

/** The datagram without what differs from run to run: sequence numbers and port ids. */
function anonymous(datagram: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(datagram);
  const { view } = readBuffer(copy);
  for (const at of messages(copy)) {
    view.setUint32(at + nlmsg_seq, 0);
    view.setUint32(at + nlmsg_pid, 0);
  }
  return copy;
}

/** The recorded answers, under the sequence numbers of the request that was made now. */
function renumber({ request, replies }: RecordedExchange, actual: Uint8Array): Uint8Array[] {
  const seqOf = (bytes: Uint8Array, at: number) => readBuffer(bytes).view.getUint32(at + nlmsg_seq, hostIsLittleEndian);
  const numbers = new Map(messages(request).map((at) => [seqOf(request, at), seqOf(actual, at)]));
  return replies.map((reply) => {
    const copy = Uint8Array.from(reply);
    const { view } = readBuffer(copy);
    for (const at of messages(copy)) {
      const seq = seqOf(copy, at);
      view.setUint32(at + nlmsg_seq, numbers.get(seq) ?? seq, hostIsLittleEndian);
    }
    return copy;
  });
}

/** Where the messages of a datagram start. */
function messages(datagram: Uint8Array): number[] {
  const { view, littleEndian } = readBuffer(datagram);
  const starts: number[] = [];
  for (let at = 0; at + nlmsghdr.size <= datagram.length; ) {
    starts.push(at);
    at += Math.max(align(view.getUint32(at + nlmsg_len, littleEndian)), nlmsghdr.size);
  }
  return starts;
}
