const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * A text that a terminal shows as it is: control characters, which could move the cursor, and characters that cannot be
 * seen (a byte order mark, a no-break space) become escapes as JavaScript writes them, `\x1B` and `\uFEFF`.
 */
export function printable(text: string): string {
  return text.replace(/[\p{C}\p{Z}]/gu, (character) => (character === ' ' ? ' ' : escaped(character)));
}

function escaped(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  return short[character] ?? (/\p{Cc}/u.test(character) ? `\\x${code.padStart(2, '0')}` : unicode(code));
}

function unicode(code: string): string {
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}
