import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

/** What following every link of a site came to. */
export interface Crawl {
  /** The pages that were read, below the site's address. */
  readonly pages: readonly string[];
  /** Links that lead nowhere: `page -> link`. */
  readonly broken: readonly string[];
  /** Links that leave the site. */
  readonly external: readonly string[];
}

const followLinks = readFileSync(join(import.meta.dirname, 'follow-links.js'), 'utf8')
  .trim()
  .replace(/;$/, '');

/** Follows every link from the first page on, in the browser. */
export function crawl(page: Page, url: string): Promise<Crawl> {
  return page.evaluate<Crawl>(`(${followLinks})(${JSON.stringify(url)})`);
}
