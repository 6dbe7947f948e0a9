import { optionRow } from '../option-row.ts';
import type { Command, CommandOptions } from './command.ts';
import { commands } from './index.ts';

/** What `ipvs NAME --help` prints. */
export function commandHelp({ synopsis, summary }: Command, options: CommandOptions): string {
  const rows = Object.entries(options).map(([name, { short, operand, about }]) =>
    optionRow([...(short ? [`-${short}`] : []), `--${name}`].join(', ') + (operand ? ` ${operand}` : ''), about),
  );
  return [`Usage: ipvs ${synopsis}`, `${capitalized(summary)}.`, '', 'Options:', ...rows, ''].join('\n');
}

/** The lines of `ipvs --help` for the subcommands. */
export async function commandRows(): Promise<string[]> {
  const all = await Promise.all(Object.values(commands).map((load) => load()));
  return all.map(({ synopsis, summary }) => optionRow(synopsis, summary));
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
