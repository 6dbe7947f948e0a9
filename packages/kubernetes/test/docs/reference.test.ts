import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { cleanupCommand } from '../../src/cli/cleanup/command.ts';
import { addDesiredOptions } from '../../src/cli/desired-options.ts';
import { planCommand } from '../../src/cli/plan/command.ts';
import { runCommand } from '../../src/cli/run/command.ts';
import { SCHEDULER_ANNOTATION, SERVICE_PROXY_NAME_LABEL } from '../../src/objects/index.ts';
import { observeAgent } from '../../src/operation/metrics.ts';

const root = join(import.meta.dirname, '../..');
const docs = readdirSync(join(root, 'docs')).map((name) => join('docs', name));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const reference = read('docs/reference.md');

/** For commands that are looked at, and not run. */
const unused = { stdout: process.stdout, stderr: process.stderr, readStdin: async () => '' };

/** What stands below a title. */
function sectionOf(title: string): string {
  const [, section = ''] = reference.split(`\n## ${title}\n`);
  return section.split('\n## ')[0] ?? '';
}

/** The options of a section's tables, each with what stands beside it. */
function optionsOf(section: string): string[][] {
  return Array.from(section.matchAll(/^\| `(--[^`]*)` \| (.*?) ?\|/gm), ([, flags = '', next = '']) => [flags, next]);
}

/** The rows of all tables, as their cells. */
const rows = reference
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim()));

describe('reference.md', () => {
  const mapping = addDesiredOptions(new Command()).options.map(({ flags }) => flags);

  it.each([
    ['`ipvs-kubernetes plan`', planCommand(unused)],
    ['`ipvs-kubernetes run`', runCommand(unused)],
    ['`ipvs-kubernetes cleanup`', cleanupCommand(unused)],
    ['Options of the mapping', addDesiredOptions(new Command())],
  ])('has every option of %s, and no other', (title, command) => {
    const isMapping = title.startsWith('Options');
    const options = command.options.filter(({ flags }) => isMapping || !mapping.includes(flags));
    const described = optionsOf(sectionOf(title));
    expect(described.map(([flags]) => flags).sort()).toEqual(options.map(({ flags }) => flags).sort());
    if (title.includes('plan')) return; // it says its defaults in words
    for (const { flags, defaultValue, defaultValueDescription } of options) {
      const value = defaultValueDescription ?? defaultValue;
      const words = flags === '--node-port-addresses <networks>' ? 'all' : '';
      expect(described.find(([each]) => each === flags)?.[1], flags).toBe(value === undefined ? words : `\`${value}\``);
    }
  });

  it('has every reason of a problem, and no other', () => {
    const [, union = ''] = /export type ProblemReason =([\s\S]*?);/.exec(read('src/objects/problem.ts')) ?? [];
    const reasons = [...union.matchAll(/\| '(\w+)'/g)].map(([, reason]) => reason);
    const described = rows.map(([, cell]) => /^`([A-Z]\w+)`$/.exec(cell ?? '')?.[1]).filter(Boolean);
    expect(described).toEqual(reasons);
  });

  it('has every metric with its type, and no other', async () => {
    const registry = new Registry();
    const none = () => 0;
    observeAgent({
      registry,
      pending: () => ({ services: 0, endpoints: 0 }),
      draining: none,
      foreign: none,
      now: none,
    });
    const registered = (await registry.getMetricsAsJSON()).map(({ name, type }) => `${name} ${type}`);
    const described = rows.flatMap(([, cell = '', type]) =>
      [...cell.matchAll(/`((?:kubeproxy|ipvs_kubernetes)_\w+)`/g)].map(([, name]) => `${name} ${type}`),
    );
    expect(described.sort()).toEqual(registered.sort());
  });

  it('has the label and the annotation as they are', () => {
    expect(reference).toContain(`${SERVICE_PROXY_NAME_LABEL}: ipvs`);
    expect(reference).toContain(`    ${SCHEDULER_ANNOTATION}: lc`);
  });

  it('has an example that runs', async () => {
    const [, code = ''] = /```ts\n([\s\S]*?)```/.exec(reference) ?? [];
    const own = code.replace("'ipvs-kubernetes'", JSON.stringify(new URL('../../src/index.ts', import.meta.url).href));
    const args = ['--disable-warning=ExperimentalWarning', '--input-type=module-typescript', '--eval', own];
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toBe("[\n  { protocol: 'tcp', address: '10.96.0.10', port: 80, scheduler: 'rr' }\n]\n");
  });
});

describe.each([...docs, 'README.md'])('%s', (path) => {
  const page = read(path);

  it('links to what there is', () => {
    const links = [...page.matchAll(/\]\(([^)#]*)(#[^)]*)?\)/g)];
    for (const [, target = '', anchor] of links) {
      if (/^https?:/.test(target)) continue;
      const file = target === '' ? path : join(dirname(path), target);
      expect(existsSync(join(root, file)), target).toBe(true);
      if (anchor) expect(anchorsOf(read(file))).toContain(anchor);
    }
  });

  it('calls plan with options that it has', () => {
    for (const [command] of page.matchAll(/^ *ipvs-kubernetes plan .*$/gm)) {
      const words = command.trim().split(' ').slice(2);
      const parsed = planCommand(unused)
        .exitOverride()
        .configureOutput({ writeErr: () => {} });
      expect(() => parsed.action(() => {}).parse(words, { from: 'user' }), command).not.toThrow();
    }
  });
});

/** The anchors of a page's titles, as GitHub makes them. */
function anchorsOf(page: string): string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map(
    ([, title = '']) =>
      `#${title
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-')}`,
  );
}
