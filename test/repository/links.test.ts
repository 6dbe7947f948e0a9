import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const { files }: { files: string[] } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const pages = [...readdirSync(root), ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);

test.each(pages)('every link of %s leads to a page, and to a heading there', (page) => {
  for (const target of linksOf(page)) {
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : join(dirname(page), path);
    expect(existsSync(join(root, file)), `${target} in ${page}`).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(file), `${target} in ${page}`).toContain(anchor);
  }
});

test.each(pages)('every file of the repository that %s names exists', (page) => {
  const named = [...readFileSync(join(root, page), 'utf8').matchAll(/`((?:src|test|bench|examples|docs)\/[\w./-]*)`/g)];
  const written = new Set(['docs/api']); // by npm run docs
  const missing = named
    .map(([, path = '']) => path)
    .filter((path) => !written.has(path) && !existsSync(join(root, path)));
  expect(missing).toEqual([]);
});

test.each(pages.filter(isPacked))('%s links only to pages that are in the package', (page) => {
  const missing = linksOf(page)
    .map((target) => target.split('#')[0] ?? '')
    .filter((path) => path !== '' && !isPacked(join(dirname(page), path)));
  expect(missing).toEqual([]);
});

test('every guide is a page of the site', () => {
  const { projectDocuments } = JSON.parse(readFileSync(join(root, 'typedoc.json'), 'utf8'));
  expect([...projectDocuments].sort()).toEqual(pages.filter((page) => page.startsWith('docs/')).sort());
});

/** Links other than those to the web; code is left out. */
function linksOf(page: string): string[] {
  const prose = readFileSync(join(root, page), 'utf8').replaceAll(/```.*?```/gs, '');
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

/** The headings of a page, as links name them. */
function anchorsOf(page: string): string[] {
  const headings = readFileSync(join(root, page), 'utf8').matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Whether npm packs a file: the README and the licence always, and what `files` of package.json names. */
function isPacked(file: string): boolean {
  return /^(README\.md|LICENSE)$/.test(file) || files.some((name) => file === name || file.startsWith(`${name}/`));
}
