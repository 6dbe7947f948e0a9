import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { abouts } from '../../src/cli/abouts.ts';
import { cliGrammar } from '../../src/cli/grammar.ts';
import type { CommandRow, OptionRow } from '../../src/rules/command-line/grammar.ts';

const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
const { commands, options } = cliGrammar;

test('docs/cli.md has every command, with the options that it needs and takes, and no other', () => {
  const rows = Object.entries(commands).map(
    ([name, row]) => `| ${words(name, row)} | ${abouts[name]} | ${slots(row.needs)} | ${slots(row.takes)} |`,
  );
  expect(tableIn('Commands')).toEqual(rows);
});

test('docs/cli.md has every option, with its operand, and no other', () => {
  const rows = Object.entries(options).map(
    ([name, row]) => `| ${words(name, row)} | ${operand(row)} | ${abouts[name]} |`,
  );
  expect(tableIn('Options')).toEqual(rows);
});

test('help says of every command and option what it is for', () => {
  expect(Object.keys(abouts)).toEqual(Object.keys({ ...commands, ...options }));
});

test('docs/cli.md speaks of no option that there is not', () => {
  const known = new Set(
    Object.entries({ ...commands, ...options }).flatMap(([name, { short = '' }]) => [
      `--${name}`,
      ...[...short].map((letter) => `-${letter}`),
    ]),
  );
  const spoken = [...page.matchAll(/`(--?[a-zA-Z0-9][a-z0-9-]*)[^`]*`/g)].map(([, option = '']) => option);
  expect(spoken.length).toBeGreaterThan(100);
  expect(spoken.filter((option) => !known.has(option) && !areLetters(option, known))).toEqual([]);
});

/** `-Ln`: letters after one dash. */
function areLetters(option: string, known: ReadonlySet<string>): boolean {
  return (
    /^-\w+$/.test(option) && [...option.slice(1)].every((letter) => known.has(`-${letter}`) || option.startsWith('-t'))
  );
}

function words(name: string, row: CommandRow & OptionRow): string {
  const all = [...[...(row.short ?? '')].map((letter) => `-${letter}`), `--${name}`].map((word) => `\`${word}\``);
  const values = isCommand(name) ? (row.values?.join(' ') ?? row.operand) : undefined;
  return all.join(', ') + (values ? ` ${escapeBars(values)}` : '');
}

function operand({ operand: text, optional }: OptionRow): string {
  return text ? escapeBars(optional ? `[${text}]` : text) : '';
}

/** The options of some slots, by their shortest names. */
function slots(names: readonly string[] = []): string {
  return names.map((slot) => (slot === 'service' ? 'SERVICE' : optionsOf(slot).join(' '))).join(' ');
}

function optionsOf(slot: string): string[] {
  const rows = Object.entries(options).filter(([name, row]) => (row.slot ?? name) === slot);
  return rows.map(([name, { short }]) => `\`${short ? `-${short}` : `--${name}`}\``);
}

function isCommand(name: string): boolean {
  return Object.hasOwn(commands, name);
}

function escapeBars(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** The rows of the table under a title, without its head. */
function tableIn(title: string): string[] {
  const [, section = ''] = page.split(`\n## ${title}\n`);
  const [text = ''] = section.split('\n## ');
  return text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2);
}
