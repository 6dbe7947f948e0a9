import { joined, type Labels } from './labels.ts';
import type { Group } from './scrape.ts';

/** The media type of the text format. */
export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const PIECE_LENGTH = 64 * 1024;

/**
 * Metrics in the text format of Prometheus, a piece at a time: those of 100,000 destinations are 150 MB. The format is the
 * one that prom-client writes, which makes several objects for each sample and holds all of the text at once.
 */
export function* formatMetrics(groups: readonly Group[]): Generator<string> {
  let piece = '';
  for (const { rows, entries } of groups) {
    const texts: string[] = []; // which all metrics of an entry share
    for (const row of rows) {
      piece += `# HELP ${row.name} ${row.help}\n# TYPE ${row.name} ${row.type}\n`;
      for (const [i, { labels, of }] of entries.entries()) {
        const value = row.value(of);
        if (value === undefined) continue;
        texts[i] ??= labelText(labels);
        piece += `${row.name}${row.labels ? labelText(joined(labels, row.labels(of))) : texts[i]} ${value}\n`;
        if (piece.length < PIECE_LENGTH) continue;
        yield piece;
        piece = '';
      }
    }
  }
  yield piece;
}

/** Joined and not added up, so that V8 has it in one piece when each metric repeats it. */
function labelText(labels: Labels): string {
  const pairs = Object.keys(labels).map((name) => `${name}="${escaped(labels[name] ?? '')}"`);
  return pairs.length > 0 ? ['{', pairs.join(','), '}'].join('') : '';
}

function escaped(value: string): string {
  return /[\\"\n]/.test(value) ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : value;
}
