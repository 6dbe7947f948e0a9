const WORD = /[^ \t]+/g;

/** What may stand before a command. */
const PROGRAM = /^[ \t]*ipvsadm(?![^ \t])/;

/** The words of a line, without the name of the program before them and the comment after them. */
export function wordsOf(text: string): string[] {
  const words = text.match(WORD) ?? [];
  const comment = words.findIndex((word) => word.startsWith('#'));
  return words.slice(PROGRAM.test(text) ? 1 : 0, comment < 0 ? undefined : comment);
}

/** The column, from 1, of a character in one of those words. */
export function columnOf(text: string, word: number, offset = 0): number {
  let before = word + (PROGRAM.test(text) ? 1 : 0);
  for (const { index } of text.matchAll(WORD)) if (before-- === 0) return index + offset + 1;
  return 1;
}
