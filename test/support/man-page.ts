import { abouts } from '../../src/cli/abouts.ts';
import type { Command } from '../../src/cli/commands/command.ts';
import { commands as subcommands } from '../../src/cli/commands/index.ts';
import { commandOptions } from '../../src/cli/commands/options.ts';
import { cliGrammar } from '../../src/cli/grammar.ts';
import { notes, statuses, synopses } from '../../src/cli/help.ts';
import type { CommandRow, OptionRow } from '../../src/rules/command-line/grammar.ts';

/** The manual page of the command, `ipvs(8)`, in the macros of man(7): what `--help` says, from the same grammar. */
export async function manPage(): Promise<string> {
  const { commands, options } = cliGrammar;
  const own = await Promise.all(Object.values(subcommands).map((load) => load()));
  return [
    '.\\" Made from the grammar of the command: npx vitest run --project unit test/cli/man-page.test.ts -u',
    '.TH IPVS 8 2026-11-26 ipvs',
    '.SH NAME',
    'ipvs \\- administer Linux IP Virtual Server with the command line of ipvsadm',
    '.SH SYNOPSIS',
    '.nf',
    ...synopses.map(escaped),
    '.fi',
    '.SH DESCRIPTION',
    'IPVS is the load balancer inside the Linux kernel.',
    '.B ipvs',
    'controls it over generic netlink, without ipvsadm, by the options of ipvsadm(8) and by commands of its own.',
    '.PP',
    ...notes.map(escaped),
    '.SH COMMANDS OF IPVSADM',
    ...Object.entries(commands).flatMap(([name, row]) => entry(words(name, row), abouts[name])),
    '.SH OPTIONS',
    ...Object.entries(options).flatMap(([name, row]) => entry(words(name, row), abouts[name])),
    '.SH COMMANDS OF ITS OWN',
    ...own.flatMap(ownCommand),
    '.SH EXIT STATUS',
    ...statuses.flatMap(([code, about]) => entry(code, about)),
    '.SH ENVIRONMENT',
    ...entry('DEBUG', 'ipvs:message prints every message in words to standard error, ipvs:bytes in hexadecimal'),
    ...entry('NO_COLOR', 'no colours on a terminal'),
    '.SH SEE ALSO',
    'ipvsadm(8), ip\\-netns(8), keepalived(8)',
    '',
  ].join('\n');
}

function ownCommand(command: Command): string[] {
  const options = Object.entries(commandOptions(command)).map(
    ([name, { short, operand, about }]) => [optionWords(name, short, operand), about] as const,
  );
  return [
    ...entry(command.synopsis, command.summary),
    '.RS',
    ...options.flatMap(([text, about]) => entry(text, about)),
    '.RE',
  ];
}

function words(name: string, { short = '', operand, ...more }: CommandRow & OptionRow): string {
  const values = more.values?.join(' ') ?? (operand && (more.optional ? `[${operand}]` : operand));
  return optionWords(name, short, values);
}

function optionWords(name: string, short = '', operand?: string): string {
  const letters = [...short].map((letter) => `-${letter}, `).join('');
  return `${letters}--${name}${operand ? ` ${operand}` : ''}`;
}

/** A paragraph with a tag in bold. */
function entry(tag: string, about = ''): string[] {
  return ['.TP', `.B ${escaped(tag)}`, escaped(about)];
}

/** A text whose hyphens can be copied, and which no macro begins. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('"', '\\(dq').replace(/^[.']/, '\\&$&');
}
