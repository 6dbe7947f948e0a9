import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './blocks.ts';

/** The examples that run by themselves from beginning to end, on a kernel in memory and on a real one. */
export const examples: readonly string[] = readdirSync(join(root, 'examples')).filter(
  (name) => name.endsWith('.ts') && !['quickstart.ts', 'controller.ts'].includes(name),
);

/** What an example prints, as the comment at its head says. */
export function outputOf(name: string): string {
  const text = readFileSync(join(root, 'examples', name), 'utf8');
  const [, lines = ''] = /^(?:\/\/|#) Prints[^\n]*:\n((?:(?:\/\/|#) {3}[^\n]*\n)+)/m.exec(text) ?? [];
  return lines.replaceAll(/^(?:\/\/|#) {3}/gm, '');
}
