import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { align, parseRecording } from 'ipvs/netlink';

/** Below the working directory, which npm sets; a bundle would not find it from its own place. */
const RECORDINGS = 'test/fixtures/6.12';
const GENL_ID_CTRL = 16;
const NLM_F_MULTI = 2;

/** Messages of the recordings: the services and destinations that the kernel listed, and what was asked of it. */
export interface Recorded {
  readonly services: readonly Buffer[];
  readonly destinations: readonly Buffer[];
  readonly requests: readonly Buffer[];
  /** The answer to the question for the family. */
  readonly family: Buffer;
}

export function recordedDumps(): Recorded {
  const exchanges = readdirSync(RECORDINGS)
    .filter((file) => file.endsWith('.nl'))
    .flatMap((file) => parseRecording(readFileSync(join(RECORDINGS, file), 'utf8')).exchanges);
  const answers = exchanges.flatMap(({ replies }) => replies.flatMap(messagesOf));
  const family = answers.find((each) => typeOf(each) === GENL_ID_CTRL);
  if (!family) throw new Error(`${RECORDINGS} has no answer for the family`);
  const listed = answers.filter((each) => (each.readUInt16LE(6) & NLM_F_MULTI) !== 0 && each.length > 200);
  const carrying = (attribute: number) => listed.filter((each) => (each.readUInt16LE(22) & 0x3fff) === attribute);
  const requests = exchanges.flatMap(({ request }) => messagesOf(request));
  return {
    services: carrying(1),
    destinations: carrying(2),
    requests: requests.filter((each) => typeOf(each) > GENL_ID_CTRL && each.length > 60),
    family,
  };
}

function typeOf(message: Buffer): number {
  return message.readUInt16LE(4);
}

function messagesOf(datagram: Uint8Array): Buffer[] {
  const bytes = Buffer.from(datagram);
  const messages: Buffer[] = [];
  for (let at = 0; at + 16 <= bytes.length; at += align(bytes.readUInt32LE(at)))
    messages.push(bytes.subarray(at, at + bytes.readUInt32LE(at)));
  return messages;
}
