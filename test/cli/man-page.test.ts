import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { ensureTools } from '../bed/debian/packages.ts';
import { root } from '../support/docs/blocks.ts';
import { manPage } from '../support/man-page.ts';

const file = join(root, 'docs/ipvs.8');

beforeAll(() => ensureTools({ mandoc: 'mandoc' }), 300_000);

test('docs/ipvs.8 is the manual page that the grammar makes', async () => {
  await expect(await manPage()).toMatchFileSnapshot(file);
});

test('mandoc has nothing to say against the manual page, and shows what help says', () => {
  execFileSync('mandoc', ['-T', 'lint', '-W', 'warning', file]);
  const shown = execFileSync('mandoc', ['-T', 'utf8', '-O', 'width=200', file], { encoding: 'utf8' });
  const text = shown.split(/.[\b]/u).join(''); // bold is a letter struck twice
  expect(text).toMatch(/^ +-A, --add-service\n? +add a virtual service$/m);
  expect(text).toMatch(/^ +watch \[--interval DURATION\] \[--json\]$/m);
});
