import { expect, test } from 'vitest';
import { formatResults, readResults } from './results.ts';
import { runtimes } from './runtimes.ts';

test('docs/runtimes.md is what was seen', async () => {
  const text = `# Runtimes

What a new user does, on each runtime: \`npm install\` of the packed package in an empty folder, then every module by \`import\` and by
\`require\`, the command, and a table of services in memory and in a kernel (user-mode Linux, as root).

${formatResults(readResults())}

The time is that of one run with npm's cache filled, from the beginning of \`npm install ipvs\` until a program has listed its service.
The declarations are compiled by TypeScript 5.9 and 6.0 in every \`npm run test:package\`. All of it was on x86-64 with glibc. koffi, the
native binding, has a binary for musl, which has not been run: Bun's build for musl needs a libstdc++ for musl, which Debian lacks.

\`npm run test:runtimes [-- NAME...]\` tries them again.
`;
  await expect(text).toMatchFileSnapshot('../../docs/runtimes.md');
});

test('on every runtime, and everything works', () => {
  const results = readResults();
  expect(results.map(({ name }) => name)).toEqual(runtimes.map(({ name }) => name));
  for (const { name, steps } of results)
    for (const [step, { ok }] of Object.entries(steps)) expect([name, step, ok]).toEqual([name, step, true]);
});
