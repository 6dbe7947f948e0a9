import { WireError } from '../../errors/wire-error.ts';

/** One datagram sent and the datagrams received before the next was sent. */
export interface RecordedExchange {
  readonly request: Uint8Array;
  readonly replies: readonly Uint8Array[];
}

/** Writes bytes the way `.nl` files show them: words of four bytes. */
export function formatBytes(bytes: Uint8Array): string {
  return (
    Buffer.from(bytes)
      .toString('hex')
      .match(/.{1,8}/g) ?? []
  ).join(' ');
}

/**
 * Reads a recorded conversation. The format is text, for people to review: `#` begins a comment line, `>` a datagram
 * that was sent, `<` one that was received, each in hexadecimal with spaces where they please; blank lines separate.
 */
export function parseRecording(text: string): RecordedExchange[] {
  const turns: { request: Uint8Array; replies: Uint8Array[] }[] = [];
  text.split('\n').forEach((raw, index) => {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) return;
    const bytes = parseBytes(line.slice(1));
    if (bytes && line.startsWith('>')) turns.push({ request: bytes, replies: [] });
    else if (bytes && line.startsWith('<') && turns.length > 0) turns.at(-1)?.replies.push(bytes);
    else throw new WireError(`line ${index + 1} of the conversation is neither '#', '> hex' nor '< hex' after a '>'`);
  });
  return turns;
}

function parseBytes(hex: string): Uint8Array | undefined {
  const digits = hex.replaceAll(/\s/g, '');
  return /^(?:[0-9a-f]{2})+$/i.test(digits) ? Buffer.from(digits, 'hex') : undefined;
}
