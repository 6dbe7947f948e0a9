import type { CommandRow, OptionRow } from '../rules/command-line/grammar.ts';
import { abouts } from './abouts.ts';
import { commandRows } from './commands/help.ts';
import { cliGrammar } from './grammar.ts';
import { optionRow, wrap } from './option-row.ts';

/** How the command is called, a line each. */
export const synopses = [
  'ipvs -A|-E SERVICE [-s NAME] [-p [SECONDS]] [-M MASK|BITS] [--pe NAME] [-o] [-b FLAG,...]',
  'ipvs -D SERVICE',
  'ipvs -a|-e SERVICE -r HOST[:PORT] [-g|-i|-m] [-w N] [-x N] [-y N] [tunnel options]',
  'ipvs -d SERVICE -r HOST[:PORT]',
  'ipvs -L [SERVICE | -c | --timeout | --daemon] [listing options] [--json]',
  'ipvs -S [-n] [--lossless]',
  'ipvs -R < FILE',
  'ipvs -Z [SERVICE]',
  'ipvs -C',
  'ipvs --set TCP TCPFIN UDP',
  'ipvs --start-daemon master|backup [daemon options]',
  'ipvs --stop-daemon master|backup',
  'ipvs COMMAND [OPTION]... [OPERAND]...',
];

/** What the words of the synopses mean, a paragraph each. */
export const notes = [
  'SERVICE is -t, -u or --sctp-service with HOST[:PORT], or -f with MARK, with which -6 says IPv6. HOST is an IPv4 ' +
    'address, an IPv6 address (in brackets where a port follows) or a name. --netns and --fake go with every command ' +
    'and may come before it.',
];

/** Exit statuses. */
export const statuses: readonly (readonly [code: string, about: string])[] = [
  ['0', 'done'],
  ['1', 'the kernel refused to list'],
  ['2', 'a value is invalid, or IPVS, a namespace or a file cannot be reached'],
  ['255', 'the command line cannot be read, or the kernel refused a change'],
];

/** What `--help` prints, from the grammar and the subcommands. */
export async function help(): Promise<string> {
  const { commands, options } = cliGrammar;
  return [
    'Linux IP Virtual Server, with the command line of ipvsadm.',
    '',
    'Usage:',
    ...synopses.flatMap(synopsis),
    '',
    ...notes.flatMap((note) => wrap(note, 80)),
    '',
    'Commands of ipvsadm, of which one comes first:',
    ...Object.entries(commands).map(row),
    '',
    'Options:',
    ...Object.entries(options).map(row),
    '',
    "Commands of its own, with options that 'ipvs COMMAND --help' lists:",
    ...(await commandRows()),
    '',
    'Exit status:',
    ...statuses.map(([code, about]) => optionRow(code, about)),
    '',
  ].join('\n');
}

function synopsis(text: string): string[] {
  return wrap(text, 76).map((line, i) => (i === 0 ? `  ${line}` : `    ${line}`));
}

function row([name, { short = '', operand, ...more }]: [string, CommandRow & OptionRow]): string {
  const letters = [...short].map((letter) => `-${letter}, `).join('');
  const values = more.values?.join(' ') ?? operand;
  return optionRow(
    `${letters}--${name}${values ? ` ${more.optional ? `[${values}]` : values}` : ''}`,
    abouts[name] ?? '',
  );
}
