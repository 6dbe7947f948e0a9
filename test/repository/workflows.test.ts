import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly steps: readonly Step[];
  readonly strategy?: { readonly matrix: { readonly node: readonly number[] } };
}

interface Workflow {
  readonly on: unknown;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const root = join(import.meta.dirname, '../..');
const folder = join(root, '.github/workflows');
const manifest = readManifest('.');
const workflows = readdirSync(folder).map((name): [string, Workflow] => [
  name,
  parse(readFileSync(join(folder, name), 'utf8')),
]);
const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps }) => steps);

test.each(workflows)('%s runs only what there is', (_name, workflow) => {
  const files = stepsOf(workflow).flatMap(({ run }) => /^\.[\w/.-]+$/.exec(run ?? '') ?? []);
  const scripts = files.map((file) => readFileSync(join(root, file), 'utf8'));
  const lines = [...stepsOf(workflow).map(({ run = '' }) => run), ...scripts].join('\n');
  expect(unknownScripts(lines)).toEqual([]);
});

test.each(workflows)('%s pins actions to a version, on Node lines that the package supports', (_name, workflow) => {
  const least = Number(/\d+/.exec(manifest.engines.node)?.[0]);
  for (const { uses, with: inputs } of stepsOf(workflow)) {
    if (uses !== undefined) expect(uses).toMatch(/^actions\/[\w-]+@v\d+$/);
    const node = inputs?.['node-version'];
    if (typeof node === 'number') expect(node).toBeGreaterThanOrEqual(least);
  }
  expect(workflow.on).toBeDefined();
  expect(workflow.permissions['contents']).toBe('read');
});

test('every even Node line from the oldest on is tested', () => {
  const { jobs } = Object.fromEntries(workflows)['test.yml'] as Workflow;
  const set = Object.values(jobs).flatMap(({ steps }) => steps.map((step) => step.with?.['node-version']));
  const lines = [...set, ...Object.values(jobs).flatMap(({ strategy }) => strategy?.matrix.node ?? [])];
  expect(lines.filter((line) => typeof line === 'number').sort()).toEqual([20, 22, 24, 26]);
});

test('a release is published with provenance, by the identity of the workflow', () => {
  const publish = Object.fromEntries(workflows)['publish.yml'] as Workflow;
  expect(publish.permissions['id-token']).toBe('write');
  expect(stepsOf(publish).at(-1)?.run).toBe('npm publish --provenance --access public');
});

test('the site that is uploaded is the one that typedoc writes', () => {
  const site = Object.fromEntries(workflows)['site.yml'] as Workflow;
  expect(site.permissions).toMatchObject({ pages: 'write', 'id-token': 'write' });
  const upload = stepsOf(site).find(({ uses }) => uses?.startsWith('actions/upload-pages-artifact@'));
  expect(upload?.with?.['path']).toBe(JSON.parse(readFileSync(join(root, 'typedoc.json'), 'utf8')).out);
});

/** The npm scripts that lines of shell name and that the manifest of their folder does not have. */
function unknownScripts(lines: string): string[] {
  const named = lines.matchAll(/\bnpm (?:--prefix (\S+) )?(?:run (\S+)|(test)\b)/g);
  return [...named].flatMap(([line, prefix = '.', run, test]) => {
    const exists =
      existsSync(join(root, prefix, 'package.json')) && (run ?? test ?? '') in readManifest(prefix).scripts;
    return exists ? [] : [line];
  });
}

function readManifest(prefix: string): { scripts: Record<string, string>; engines: { node: string } } {
  return JSON.parse(readFileSync(join(root, prefix, 'package.json'), 'utf8'));
}
