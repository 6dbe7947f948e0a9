import { commands } from '../../../src/ipvs/wire/commands.ts';
import type { command } from '../../../src/ipvs/wire/tables.ts';
import { control, type Infer, type RecordedExchange, readBuffer } from '../../../src/netlink/index.ts';

const GENL_ID_CTRL = 16;
const HEADERS = 20;
const NLM_F_DUMP = 0x300;

/** A message in plain values. */
export interface Decoded {
  /** The kernel's name of the command; that of the request for a reply. */
  readonly name: string;
  readonly dump: boolean;
  readonly fields: Infer<typeof command>;
}

/** Every IPVS request of a conversation with the replies to it that carry attributes, in plain values. */
export function decodeConversation(turns: readonly RecordedExchange[]): { request: Decoded; replies: Decoded[] }[] {
  let family = 0;
  return turns.flatMap(({ request, replies }) => {
    for (const { type, bytes } of replies.flatMap(messages))
      if (type === GENL_ID_CTRL)
        family = control.read(readBuffer(bytes), HEADERS, bytes.length - HEADERS, {}).familyId ?? family;
    const decoded: { request: Decoded; replies: Decoded[] }[] = [];
    for (const message of messages(request).filter(({ type }) => type === family)) {
      const operation = Object.values(commands).find((known) => known.command === message.bytes[16]);
      if (!operation) throw new Error(`command ${message.bytes[16]} is not in the tables`);
      const read = (table: typeof command | typeof operation.reply, { bytes, flags }: Message): Decoded => {
        const fields = table.read(readBuffer(bytes), HEADERS, bytes.length - HEADERS, {});
        return { name: operation.name, dump: (flags & NLM_F_DUMP) === NLM_F_DUMP, fields };
      };
      const answers = replies.flatMap(messages).filter(({ type, seq }) => type === family && seq === message.seq);
      decoded.push({
        request: read(operation.request, message),
        replies: answers.map((answer) => read(operation.reply, answer)),
      });
    }
    return decoded;
  });
}

interface Message {
  readonly type: number;
  readonly flags: number;
  readonly seq: number;
  readonly bytes: Uint8Array;
}

function messages(datagram: Uint8Array): Message[] {
  const { view, littleEndian } = readBuffer(datagram);
  const found: Message[] = [];
  for (let at = 0; at + 16 <= datagram.length; ) {
    const length = view.getUint32(at, littleEndian);
    found.push({
      type: view.getUint16(at + 4, littleEndian),
      flags: view.getUint16(at + 6, littleEndian),
      seq: view.getUint32(at + 8, littleEndian),
      bytes: datagram.subarray(at, at + length),
    });
    at += (length + 3) & ~3;
  }
  return found;
}

/** The paths of attributes that no table knows, anywhere in a decoded value. */
export function unknownAttributes(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'unknown' ? [`${path}.unknown`] : unknownAttributes(inner, `${path}.${key}`),
  );
}
