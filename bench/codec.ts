import { readBuffer, WriteBuffer } from 'ipvs/netlink';
import { decodeDestinationReply, decodeServiceReply } from '../src/ipvs/client/decode-reply.ts';
import { command } from '../src/ipvs/wire/tables.ts';
import { recordedDumps } from './recorded.ts';

/** What the codec does alone: messages and bytes of recorded dumps. */
export interface CodecFigure {
  readonly name: string;
  readonly messagesPerSecond: number;
  readonly megabytesPerSecond: number;
}

const HEADERS = 20;
const ROUNDS = 200_000;

/** Decodes every recorded reply of a dump into the value that the caller gets, and encodes every recorded request. */
export function codec(): CodecFigure[] {
  const { services, destinations, requests } = recordedDumps();
  return [
    measure('decode a service', services, (bytes) => {
      const from = readBuffer(bytes);
      return (at, length) => decodeServiceReply(command.read(from, at, length, {}));
    }),
    measure('decode a destination', destinations, (bytes) => {
      const from = readBuffer(bytes);
      return (at, length) => decodeDestinationReply(command.read(from, at, length, {}), {});
    }),
    measure('encode a request', requests, (bytes) => {
      const from = readBuffer(bytes);
      const to = new WriteBuffer(4096);
      const fields = new Map<number, Parameters<typeof command.write>[1]>();
      return (at, length) => {
        const known = fields.get(at) ?? command.read(from, at, length, {});
        fields.set(at, known);
        to.at = 0;
        command.write(to, known, {});
      };
    }),
  ];
}

type Messages = readonly Buffer[];

function measure(
  name: string,
  messages: Messages,
  make: (bytes: Buffer) => (at: number, length: number) => unknown,
): CodecFigure {
  const run = make(Buffer.concat(messages));
  const places: [at: number, length: number][] = [];
  let end = 0;
  for (const { length } of messages) {
    places.push([end + HEADERS, length - HEADERS]);
    end += length;
  }
  if (places.length === 0) throw new Error(`there is no recording for: ${name}`);
  const round = () => {
    for (let i = 0; i < ROUNDS; i++) {
      const [at, length] = places[i % places.length] as [number, number];
      run(at, length);
    }
  };
  round();
  const start = performance.now();
  round();
  const seconds = (performance.now() - start) / 1000;
  const messagesPerSecond = ROUNDS / seconds;
  return { name, messagesPerSecond, megabytesPerSecond: (messagesPerSecond * end) / messages.length / 1e6 };
}
