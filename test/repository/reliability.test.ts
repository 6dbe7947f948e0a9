import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The faults in the table of docs/reliability.md, each with the tests that it names: a file, and a title. */
const faults = read('docs/reliability.md')
  .split('\n')
  .filter((line) => / \| `[\w/.-]+\.ts`: /.test(line))
  .map((line): [fault: string, tests: string[][]] => {
    const [fault = '', , , shown = ''] = line.slice(2, -2).split(' | ');
    return [fault, shown.split(/; (?=`)/).map((text) => /^`([^`]+)`: (.+)$/.exec(text)?.slice(1) ?? [])];
  });

test('docs/reliability.md has a table of faults', () => {
  expect(faults.length).toBeGreaterThanOrEqual(25);
});

test.each(faults)('%s: the tests that are named exist', (_, tests) => {
  for (const [file = '', title = ''] of tests) {
    const source = read(`test/${file}`);
    const found = ["'", '"', '`'].some((quote) => source.includes(`${quote}${title}${quote}`));
    expect(found, `${file}: ${title}`).toBe(true);
  }
});
