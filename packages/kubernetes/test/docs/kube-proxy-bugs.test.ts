import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/kube-proxy-bugs.md'), 'utf8');

/** The bugs of each row, and the tests that it names: a file, and a title. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(1)
  .map((line): [bugs: string, tests: string[][]] => {
    const [bugs = '', , , shown = ''] = line.slice(2, -2).split(' | ');
    return [bugs, shown.split(/; (?=`)/).map((text) => /^`([^`]+)`: (.+)$/.exec(text)?.slice(1) ?? [])];
  });

it('has the bugs that there are', () => {
  expect(rows.length).toBeGreaterThanOrEqual(27);
});

it.each(rows)('%s: the tests that are named exist', (_, tests) => {
  for (const [file = '', title = ''] of tests) {
    const path = file.startsWith('/') ? join(root, '../..', file) : join(root, 'test', file);
    const source = readFileSync(path, 'utf8');
    const found = ["'", '"', '`'].some((quote) =>
      ['it', 'test'].some((word) => source.includes(`${word}(${quote}${title}${quote}`)),
    );
    expect(found, `${file}: ${title}`).toBe(true);
  }
});
