import { InputError } from '../../errors/input-error.ts';
import type { WriteBuffer } from './buffer.ts';
import type { Codec } from './types.ts';

/** A NUL-terminated string of at most `max` bytes before the NUL. */
export function text(max: number): Codec<string> {
  // The same names come again and again, and comparing one is faster than making it.
  let last = '';
  return {
    name: `text(${max})`,
    read({ bytes }, at, length) {
      let end = at;
      while (end < at + length && bytes[end] !== 0) end++;
      if (!isAscii(last, bytes, at, end)) last = Buffer.from(bytes.buffer, bytes.byteOffset + at, end - at).toString();
      return last;
    },
    write(to, value) {
      if (typeof value === 'string' && value.length <= max && appendAscii(to, value)) return;
      if (typeof value !== 'string' || value.includes('\0'))
        throw new InputError('must be a string without NUL characters', value);
      const bytes = Buffer.from(`${value}\0`);
      if (bytes.length > max + 1) throw new InputError(`must be at most ${max} bytes long`, value);
      to.append(bytes);
    },
  };
}

/** Whether these bytes are this text, of ASCII characters alone. */
function isAscii(text: string, bytes: Uint8Array, at: number, end: number): boolean {
  if (text.length !== end - at) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127 || code !== bytes[at + i]) return false;
  }
  return true;
}

/** Appends a text of ASCII characters and a NUL; any other text is left to others. */
function appendAscii(to: WriteBuffer, text: string): boolean {
  const start = to.reserve(text.length + 1);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0 || code > 127) {
      to.at = start;
      return false;
    }
    to.bytes[start + i] = code;
  }
  to.bytes[start + text.length] = 0;
  return true;
}
