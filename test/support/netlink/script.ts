import { hostIsLittleEndian, readBuffer, type Transport, TransportError } from '../../../src/netlink/index.ts';

/** What a scripted kernel gives to `receive`: a datagram, or an error to raise. */
export type Answer = Uint8Array | Error;

/** A message as it was sent. */
export interface Sent {
  readonly type: number;
  readonly flags: number;
  readonly seq: number;
  readonly command: number | undefined;
}

/** A transport that says what a function of the messages sent tells it to say. */
export function scripted(answers: (sent: Sent[]) => Answer[], receiveBuffer = 212992) {
  const datagrams: Sent[][] = [];
  let queue: Answer[] = [];
  const state = { datagrams, closed: false, left: () => queue.length };
  const transport: Transport = {
    receiveBuffer,
    send(datagram) {
      const sent = messagesOf(datagram);
      datagrams.push(sent);
      queue = answers(sent);
    },
    receive(into) {
      const answer = queue.shift();
      if (answer === undefined) throw new TransportError('ERR_NETLINK_TIMEOUT', 'The script has no more answers');
      if (answer instanceof Error) throw answer;
      into.set(answer.subarray(0, into.length));
      return answer.length;
    },
    close() {
      state.closed = true;
    },
  };
  return { transport, state };
}

/** One netlink message. */
export function message(type: number, seq: number, payload: Uint8Array = new Uint8Array(0), flags = 0): Uint8Array {
  const bytes = Buffer.alloc(16 + ((payload.length + 3) & ~3));
  const { view } = readBuffer(bytes);
  view.setUint32(0, 16 + payload.length, hostIsLittleEndian);
  view.setUint16(4, type, hostIsLittleEndian);
  view.setUint16(6, flags, hostIsLittleEndian);
  view.setUint32(8, seq, hostIsLittleEndian);
  bytes.set(payload, 16);
  return bytes;
}

/** An NLMSG_ERROR as the kernel sends it with NETLINK_CAP_ACK; errno 0 acknowledges. */
export function errorMessage(seq: number, errno: number): Uint8Array {
  const payload = Buffer.alloc(20);
  readBuffer(payload).view.setInt32(0, -errno, hostIsLittleEndian);
  return message(2, seq, payload, 0x100);
}

export function doneMessage(seq: number, errno = 0): Uint8Array {
  const payload = Buffer.alloc(4);
  readBuffer(payload).view.setInt32(0, -errno, hostIsLittleEndian);
  return message(3, seq, payload, 2);
}

function messagesOf(datagram: Uint8Array): Sent[] {
  const { view, littleEndian } = readBuffer(datagram);
  const sent: Sent[] = [];
  for (let at = 0; at + 16 <= datagram.length; at += (view.getUint32(at, littleEndian) + 3) & ~3)
    sent.push({
      type: view.getUint16(at + 4, littleEndian),
      flags: view.getUint16(at + 6, littleEndian),
      seq: view.getUint32(at + 8, littleEndian),
      command: datagram[at + 16],
    });
  return sent;
}
