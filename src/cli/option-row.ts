const WIDTH = 80;
const INDENT = 32;

/** A row of help, wrapped at 80 columns: what is typed on the left, what it is for on the right. */
export function optionRow(left: string, about: string): string {
  const typed = `  ${left}`;
  const lines = wrap(about, WIDTH - INDENT).map((line) => ' '.repeat(INDENT) + line);
  return typed.length < INDENT
    ? [typed + (lines[0] ?? '').slice(typed.length), ...lines.slice(1)].join('\n')
    : [...wrap(typed.trimStart(), WIDTH - 2).map((line) => `  ${line}`), ...lines].join('\n');
}

/** A text in lines of so many columns at most, but for words that are longer. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= columns) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
