/** The Levenshtein distance of two words: how many characters to insert, delete or replace make one the other. */
export function distance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const steps = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (above[column - 1] as number) + (a[row - 1] === b[column - 1] ? 0 : 1);
      steps.push(Math.min(replaced, (above[column] as number) + 1, (steps[column - 1] as number) + 1));
    }
    above = steps;
  }
  return above[b.length] as number;
}
