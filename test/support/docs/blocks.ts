import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../../..');

/** A fenced block of a page. */
export interface Block {
  /** The page and its line, for messages: `docs/errors.md:8`. */
  readonly place: string;
  /** The language: `ts`, `console`, or nothing. */
  readonly language: string;
  /** What follows the language on the opening line. */
  readonly info: string;
  readonly text: string;
  /** The block of language `text` that follows with nothing but blank lines between: what this one prints. */
  readonly output?: string | undefined;
}

/** The pages whose blocks are tested: the README and the guides. */
export const pages: readonly string[] = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** The fenced blocks of a page, in order. */
export function blocksOf(page: string): Block[] {
  const markdown = readFileSync(join(root, page), 'utf8');
  const found = [...markdown.matchAll(/^```([^\s`]*)[^\S\n]*([^\n]*)\n(.*?)^```$/gms)];
  return found.map((match, index) => {
    const [whole, language = '', info = '', text = ''] = match;
    const next = found[index + 1];
    const between = next && markdown.slice(match.index + whole.length, next.index);
    const isOutput = next?.[1] === 'text' && between?.trim() === '';
    const line = markdown.slice(0, match.index).split('\n').length;
    return { place: `${page}:${line}`, language, info, text, output: isOutput ? next[3] : undefined };
  });
}

/** Whether a block is a program. */
export function isProgram({ language }: Block): boolean {
  return language === 'ts' || language === 'js';
}

/** Whether a program opens IPVS itself; others are fragments, which go on from `ipvs`, `kernel` and `web`. */
export function isWhole({ text }: Block): boolean {
  return /\bIpvs\.open\(/.test(text);
}
