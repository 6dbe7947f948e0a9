/** The words of a line, with blanks between them, without the name of the program before them and the comment after them. */
export function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (let start = 0; start < line.length; ) {
    const blank = line.indexOf(' ', start);
    const end = blank < 0 ? line.length : blank;
    if (end > start) {
      const word = line.substring(start, end);
      if (word[0] === '#') break;
      words.push(word);
    }
    start = end + 1;
  }
  if (words[0] === 'ipvsadm') words.shift();
  return words;
}

/** The column, from 1, of a character in one of those words. */
export function columnOf(line: string, word: number, offset = 0): number {
  let before = word + (/^ *ipvsadm(?![^ ])/.test(line) ? 1 : 0);
  for (const { index } of line.matchAll(/[^ ]+/g)) if (before-- === 0) return index + offset + 1;
  return 1;
}
