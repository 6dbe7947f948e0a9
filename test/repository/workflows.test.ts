import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../..');
const folder = join(root, '.github/workflows');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

interface Job {
  readonly steps: readonly {
    readonly run?: string;
    readonly uses?: string;
    readonly with?: { readonly path?: string };
  }[];
}

test.each(readdirSync(folder))('%s runs scripts and programs that there are', (name) => {
  const { jobs }: { jobs: Record<string, Job> } = parse(readFileSync(join(folder, name), 'utf8'));
  const commands = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
  expect(commands.length).toBeGreaterThan(0);
  for (const command of commands) {
    const [, script] = /^npm run (\S+)/.exec(command) ?? [];
    if (script) expect(Object.keys(scripts), command).toContain(script);
    else if (command.startsWith('.')) expect(existsSync(join(root, command)), command).toBe(true);
    else expect(command).toMatch(/^(sudo )?apt-get |^npm (ci|test|publish)/);
  }
});
