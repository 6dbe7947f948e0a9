// Restores a rules file again and again through the public API, as a program does that runs already: `restore FILE
// NAMESPACE...`, once in each namespace. Prints the milliseconds of each, and how many lines there are afterwards.
import { readFileSync } from 'node:fs';
import { applyChange, Ipvs } from 'ipvs';
import { parseRules } from 'ipvs/rules';

const SLICE = 1000;

const [file = '', ...namespaces] = process.argv.slice(2);
for (const netns of namespaces) {
  await using ipvs = await Ipvs.open({ netns });
  const start = performance.now();
  const rules = parseRules(readFileSync(file, 'utf8'));
  for (let i = 0; i < rules.length; i += SLICE)
    await Promise.all(rules.slice(i, i + SLICE).map((rule) => applyChange(ipvs, rule)));
  const took = performance.now() - start;
  let lines = 0;
  for await (const { destinations } of ipvs.table()) lines += 1 + destinations.length;
  console.log(took.toFixed(0), lines);
}
