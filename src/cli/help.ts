import type { CommandRow, OptionRow } from '../rules/index.ts';
import { cliGrammar } from './grammar.ts';

const WIDTH = 34;

/** What `--help` prints, from the grammar. */
export function help(): string {
  const { commands, options } = cliGrammar;
  return [
    'Usage: ipvs COMMAND [OPTION]...',
    'Linux IP Virtual Server, with the command line of ipvsadm.',
    '',
    'Commands, of which one comes first:',
    ...Object.entries(commands).map(row),
    '',
    'Options:',
    ...Object.entries(options).map(row),
    '',
    'HOST is an IPv4 address, an IPv6 address (in brackets where a port follows) or a name.',
    '',
  ].join('\n');
}

function row([name, { short = '', operand, about, ...more }]: [string, CommandRow & OptionRow]): string {
  const letters = [...short].map((letter) => `-${letter}, `).join('');
  const values = more.values?.join(' ') ?? operand;
  const left = `  ${letters}--${name}${values ? ` ${more.optional ? `[${values}]` : values}` : ''}`;
  return left.length < WIDTH ? left.padEnd(WIDTH) + about : `${left}\n${' '.repeat(WIDTH)}${about}`;
}
