import { commands } from '../../../src/ipvs/wire/commands.ts';
import type { command } from '../../../src/ipvs/wire/tables.ts';
import { control, type Infer, type ReadBuffer, type Recording, readBuffer } from '../../../src/netlink/index.ts';

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
export function decodeConversation({ exchanges, littleEndian }: Recording): { request: Decoded; replies: Decoded[] }[] {
  let family = 0;
  const messagesOf = (datagram: Uint8Array) => messages(readBuffer(datagram, littleEndian));
  return exchanges.flatMap(({ request, replies }) => {
    for (const { type, from } of replies.flatMap(messagesOf))
      if (type === GENL_ID_CTRL)
        family = control.read(from, HEADERS, from.bytes.length - HEADERS, {}).familyId ?? family;
    const decoded: { request: Decoded; replies: Decoded[] }[] = [];
    for (const message of messagesOf(request).filter(({ type }) => type === family)) {
      const operation = Object.values(commands).find((known) => known.command === message.from.bytes[16]);
      if (!operation) throw new Error(`command ${message.from.bytes[16]} is not in the tables`);
      const read = (table: typeof command | typeof operation.reply, { from, flags }: Message): Decoded => {
        const fields = table.read(from, HEADERS, from.bytes.length - HEADERS, {});
        return { name: operation.name, dump: (flags & NLM_F_DUMP) === NLM_F_DUMP, fields };
      };
      const answers = replies.flatMap(messagesOf).filter(({ type, seq }) => type === family && seq === message.seq);
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
  readonly from: ReadBuffer;
}

function messages({ bytes, view, littleEndian }: ReadBuffer): Message[] {
  const found: Message[] = [];
  for (let at = 0; at + 16 <= bytes.length; ) {
    const length = view.getUint32(at, littleEndian);
    found.push({
      type: view.getUint16(at + 4, littleEndian),
      flags: view.getUint16(at + 6, littleEndian),
      seq: view.getUint32(at + 8, littleEndian),
      from: readBuffer(bytes.subarray(at, at + length), littleEndian),
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
