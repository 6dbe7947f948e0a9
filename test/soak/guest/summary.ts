import { release } from 'node:os';
import type { Report } from './messages.ts';
import { operations } from './operations/index.ts';

/** Prints how it went. Returns the exit status. */
export function summarize(
  begun: readonly Report[],
  ended: readonly Report[],
  happened: Readonly<Record<string, number>>,
  seconds: number,
): number {
  const counts: Record<string, number> = {};
  for (const report of ended)
    for (const [name, count] of Object.entries(report.counts)) counts[name] = (counts[name] ?? 0) + count;
  const names = Object.keys(operations);
  const total = names.reduce((sum, name) => sum + (counts[name] ?? 0), 0);
  const sum = (of: (report: Report) => number, reports = ended) => reports.reduce((all, each) => all + of(each), 0);
  const [lost, wrong, unhandled] = [sum(({ lost }) => lost), sum(({ wrong }) => wrong), sum((each) => each.unhandled)];
  const [before, after] = [sum((each) => each.descriptors, begun), sum((each) => each.descriptors)];
  const p99 = Math.max(...ended.map((each) => each.p99)).toFixed(1);
  for (const { faults } of ended) for (const fault of faults) console.log(`FAULT ${fault}`);
  console.log(`Linux ${release()}, Node.js ${process.version}, ${Math.round(seconds)} s: ${total} operations`);
  for (const [name, count] of Object.entries({ ...counts, ...happened })) console.log(`  ${name}: ${count}`);
  console.log(`lost ${lost}, wrong ${wrong}, unhandled ${unhandled}`);
  console.log(`descriptors ${before} -> ${after}, event loop p99 at most ${p99} ms`);
  const unseen = names.filter((name) => !counts[name]);
  if (unseen.length > 0) console.log(`never done: ${unseen.join(', ')}`);
  return lost + wrong + unhandled > 0 || after > before || unseen.length > 0 ? 1 : 0;
}
