import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { find } from '../bed/commands.ts';
import { ensureTools } from '../bed/debian/packages.ts';
import { blocksOf, pages, root } from '../support/docs/blocks.ts';
import { crawl } from './crawl.ts';
import { serve } from './serve.ts';

/** Where to put pictures of some pages, to look at: `IPVS_SCREENSHOTS=/tmp npm run test:site`. */
const screenshots = process.env['IPVS_SCREENSHOTS'];
const folder = join(root, 'docs/api');
const guides = pages.filter((page) => page.startsWith('docs/'));
const headingOf = (page: string) => /^# (.+)$/m.exec(readFileSync(join(root, page), 'utf8'))?.[1] ?? '';

let site: Awaited<ReturnType<typeof serve>>;
let browser: Browser;

beforeAll(async () => {
  if (!existsSync(join(folder, 'index.html'))) throw new Error('There is no site yet: npm run docs');
  if (!find('google-chrome')) await ensureTools({ chromium: 'chromium' });
  site = await serve(folder);
  browser = await chromium.launch({
    executablePath: find('chromium') ?? find('google-chrome') ?? 'chromium',
    args: ['--no-sandbox'],
  });
}, 300_000);

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

/** A window on a page of the site; the test fails with what goes wrong in it. */
async function open(path: string, width = 1400, colorScheme: 'light' | 'dark' = 'light') {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', ({ message }) => errors.push(message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  onTestFinished(async () => {
    await context.close();
    expect(errors).toEqual([]);
  });
  page.setDefaultTimeout(120_000); // for a page that hangs, not for a busy machine
  await page.goto(site.url + path);
  return page;
}

test('every link leads somewhere, and no page stands apart', async () => {
  const { pages, broken, external } = await crawl(await open(''), site.url);
  expect(broken).toEqual([]);
  expect(pages.length).toBeGreaterThan(250);
  expect(external.filter((link) => !link.startsWith('https://'))).toEqual([]);
}, 120_000);

test('the first page leads to the guides, in the order of a reader, and to the modules by their names', async () => {
  const page = await open('');
  const links = page.locator('.tsd-navigation a:visible');
  await expect.poll(() => links.count()).toBeGreaterThan(guides.length);
  const names = (await links.allInnerTexts()).map((name) => name.trim());
  expect(names.slice(1, 4)).toEqual(['Guides', 'Getting started', 'Concepts']);
  expect(names).toEqual(expect.arrayContaining([...guides.map(headingOf), 'ipvs', 'ipvs/netlink', 'ipvs/testing']));
  expect(await page.locator('h1:visible').allInnerTexts()).toEqual(['ipvs']);
});

test.each(guides)('%s is rendered', async (guide) => {
  const page = await open('');
  // A type may have the same name as a guide.
  const links = page.locator('.tsd-navigation a[href*="documents/"]');
  await links.getByText(headingOf(guide), { exact: true }).click();
  await page.waitForURL('**/documents/**');
  const text = page.locator('.tsd-typography').first();
  expect(await text.locator('h1').first().textContent()).toBe(headingOf(guide));
  expect(await text.locator('pre').count()).toBe(blocksOf(guide).length);
  expect(await text.textContent()).not.toMatch(/```|^\|.*\|$|\]\(/m);
});

test('a search finds a method, and what only a guide says', async () => {
  const page = await open('');
  const finds = async (words: string, expected: RegExp) => {
    await page.keyboard.press('Escape');
    await page.keyboard.press('/');
    await page.locator('#tsd-search-input').fill(words);
    await page.locator('#tsd-search-results a').first().click();
    await page.waitForURL(expected);
  };
  await finds('patchDestination', /classes\/ipvs\.Ipvs\.html/);
  await finds('AmbientCapabilities', /documents\/Permissions/);
});

const shown = ['', 'documents/Concepts.html', 'documents/Recipes.html', 'classes/ipvs.Ipvs.html', 'modules/ipvs.html'];

test.each(shown)('/%s fits a telephone and a desk, light and dark', async (path) => {
  for (const width of [390, 1400])
    for (const scheme of ['light', 'dark'] as const) {
      const page = await open(path, width, scheme);
      await page.waitForLoadState('networkidle');
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      if (!screenshots) continue;
      await mkdir(screenshots, { recursive: true });
      const name = `${path.replaceAll(/\W+/g, '-') || 'index'}-${width}-${scheme}.png`;
      await page.screenshot({ path: join(screenshots, name) });
    }
});
