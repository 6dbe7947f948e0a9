import { styleText } from 'node:util';
import type { Output } from '../io.ts';

/** Marks what a text is about by a colour, or leaves it. */
export type Paint = (colour: 'green' | 'yellow' | 'red' | 'bold', text: string) => string;

export const plain: Paint = (_, text) => text;

/** Colours for a terminal, unless NO_COLOR (no-color.org) or TERM=dumb says that there shall be none. */
export function paintFor({ isTTY = false }: Output, { NO_COLOR, TERM }: NodeJS.ProcessEnv): Paint {
  if (!isTTY || NO_COLOR || TERM === 'dumb') return plain;
  return (colour, text) => styleText(colour, text, { validateStream: false });
}
