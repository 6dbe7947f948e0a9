import { InputError } from '../../errors/input-error.ts';
import type { WriteBuffer } from './buffer.ts';
import type { Codec } from './types.ts';

/**
 * A NUL-terminated string of at most `max` bytes before the NUL.
 * @example
 * ```ts
 * const to = new WriteBuffer();
 * text(15).write(to, 'wlc', {});
 * console.log(to.written()); // Uint8Array(4) [ 119, 108, 99, 0 ]
 * ```
 */
export function text(max: number): Codec<string> {
  // The same names come again and again, and comparing one is faster than making it.
  let last = '';
  return {
    name: `text(${max})`,
    read({ bytes }, at, length) {
      let end = at;
      while (end < at + length && bytes[end] !== 0) end++;
      if (!isAscii(last, bytes, at, end)) last = decode(bytes, at, end);
      return last;
    },
    write(to, value) {
      if (typeof value === 'string' && value.length <= max && appendAscii(to, value)) return;
      if (typeof value !== 'string' || value.includes('\0'))
        throw new InputError('must be a string without NUL characters', value);
      const encoded = new TextEncoder().encode(value);
      if (encoded.length > max) throw new InputError(`must be at most ${max} bytes long`, value);
      to.append(encoded);
      to.bytes[to.reserve(1)] = 0;
    },
  };
}

function decode({ buffer, byteOffset }: Uint8Array, at: number, end: number): string {
  return Buffer.from(buffer, byteOffset + at, end - at).toString();
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
