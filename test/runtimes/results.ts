import { readFileSync } from 'node:fs';

/** What became of a step: what it says, or its failure. */
export type Outcome = { readonly ok: true; readonly said: string } | { readonly ok: false; readonly said: string };

/** What was seen on one runtime. */
export interface Result {
  readonly name: string;
  /** The exact version. */
  readonly version: string;
  /** Year, month and day. */
  readonly date: string;
  /** Seconds from the beginning of `npm install` to a listed service, without those that the download of the runtime takes. */
  readonly seconds: number;
  readonly steps: Readonly<Record<Step, Outcome>>;
}

/** What is tried, by name, in this order. */
export const steps = {
  import: '`import` of every module, a table in memory',
  require: '`require` of every module',
  command: '`ipvs -Ln --fake`',
  kernel: 'a table of the kernel',
} as const;

export type Step = keyof typeof steps;

/** Where the results are kept. */
export const file = new URL('results.json', import.meta.url);

export function readResults(): Result[] {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** The table of the documents. */
export function formatResults(results: readonly Result[]): string {
  const names = Object.keys(steps) as Step[];
  const head = ['', ...names.map((name) => steps[name]), 'install to listed', 'seen'];
  const rows = results.map((result) => [
    `${result.name} (${result.version})`,
    ...names.map((name) => cell(result.steps[name])),
    `${result.seconds.toFixed(1)} s`,
    result.date,
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function cell({ ok, said }: Outcome): string {
  return ok ? `works${said && `, ${said}`}` : `**fails**: ${said}`;
}
