const WORD = /[^ \t]+/g;
const PROGRAM = 'ipvsadm';

/** The words of a line, without the name of the program before them and the comment after them. */
export function wordsOf(text: string): string[] {
  const words = text.match(WORD) ?? [];
  const comment = words.findIndex((word) => word.startsWith('#'));
  return words.slice(words[0] === PROGRAM ? 1 : 0, comment < 0 ? undefined : comment);
}

/** The column, from 1, of a character in one of those words. */
export function columnOf(text: string, word: number, offset = 0): number {
  const words = [...text.matchAll(WORD)];
  const place = words[word + (words[0]?.[0] === PROGRAM ? 1 : 0)];
  return (place?.index ?? 0) + offset + 1;
}
