import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test('the example of docs/testing.md is the one that runs', () => {
  const [, printed] = /```ts\n(.*?)```/s.exec(read('docs/testing.md')) ?? [];
  const run = read('test/testing/example.test.ts').replaceAll(/'\.\.\/\.\.\/src\/(\w+)\/index\.ts'/g, (_, entry) =>
    entry === 'ipvs' ? "'ipvs'" : `'ipvs/${entry}'`,
  );
  expect(printed).toBe(run);
});

test('nothing but tests loads the fake kernel, and the command when it is told to', () => {
  for (const folder of readdirSync(new URL('../../src/', import.meta.url)).filter((name) => name !== 'testing'))
    for (const file of readdirSync(new URL(`../../src/${folder}/`, import.meta.url), {
      recursive: true,
      encoding: 'utf8',
    })) {
      if (!file.endsWith('.ts')) continue;
      const text = read(`src/${folder}/${file}`);
      if (`${folder}/${file}` !== 'cli/session/fake-session.ts') expect(text, file).not.toContain('/testing/');
      expect(text, file).not.toMatch(/from '.*\/fake-session.ts'/);
    }
});

test('the fake netlink kernel knows no word of IPVS', () => {
  const folder = new URL('../../src/testing/netlink/', import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  expect(files).toContain('generic/nlctrl-family.ts');
  for (const file of files) expect(read(`src/testing/netlink/${file}`), file).not.toMatch(/ip_?vs/i);
});
