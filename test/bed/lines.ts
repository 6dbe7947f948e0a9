/** Writes whole lines, each behind a prefix: what several programs print at the same time stays legible. */
export function linesTo(stream: { write(text: string): unknown }, prefix: string) {
  let begun = '';
  return {
    write(chunk: string): void {
      const lines = (begun + chunk).split('\n');
      begun = lines.pop() ?? '';
      for (const line of lines) stream.write(`${prefix}${line}\n`);
    },
    /** Writes a last line that no newline has ended. */
    end(): void {
      if (begun !== '') stream.write(`${prefix}${begun}\n`);
      begun = '';
    },
  };
}
