import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { defineCommand } from '../../src/cli/commands/command.ts';
import { commands } from '../../src/cli/commands/index.ts';
import { ipvs } from '../support/cli.ts';

const root = join(import.meta.dirname, '../..');

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipvs-commands-'));
  file = join(folder, 'rules');
  writeFileSync(file, '-A -f 7\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A command that prints what it was given, in place of a real one. */
const echo = defineCommand({
  name: 'info',
  synopsis: 'info [-n N] [FILE...]',
  summary: 'print what was given',
  options: {
    number: { type: 'string', short: 'n', operand: 'N', about: 'a number' },
    quiet: { type: 'boolean', about: 'say nothing' },
  },
  operands: [0, 2],
  async run({ values, operands }, { open, stdout, signal }) {
    signal.throwIfAborted();
    const services = await (await open()).services();
    stdout.write(JSON.stringify({ number: values.number, operands, services: services.length }));
    return values.quiet ? 3 : 0;
  },
});

describe('info', () => {
  test('prints the version and the size of the table', async () => {
    const text = 'IPVS 1.2.1, a connection table of 4096 buckets\n';
    expect(await ipvs(['info', '--fake', file])).toEqual({ status: 0, stdout: text, stderr: '' });
  });

  test('prints them as JSON', async () => {
    const { stdout } = await ipvs(['--fake', file, 'info', '--json']);
    expect(JSON.parse(stdout)).toEqual({ version: '1.2.1', connectionTableSize: 4096 });
  });
});

describe('info --features', () => {
  test('prints what the kernel has', async () => {
    const { stdout } = await ipvs(['info', '--features', '--fake', file]);
    expect(stdout.split('\n').slice(1)).toEqual([
      'Linux 6.12',
      'Schedulers: rr wrr lc wlc lblc lblcr dh sh sed nq fo ovf mh twos',
      'Persistence engines: sip',
      '',
    ]);
  });

  test('prints it as JSON', async () => {
    const { stdout } = await ipvs(['info', '--features', '--json', '--fake', file]);
    expect(JSON.parse(stdout)).toMatchObject({ version: '1.2.1', ipv6: true, persistenceEngines: ['sip'] });
  });
});

describe('the registry', () => {
  test('names each command as it names itself', async () => {
    for (const [name, load] of Object.entries(commands)) {
      const command = await load();
      expect(command.name).toBe(name);
      expect(command.synopsis.split(' ')[0]).toBe(name);
    }
  });

  test('is in --help, and each command has help of its own', async () => {
    const { stdout } = await ipvs(['--help']);
    for (const [name, load] of Object.entries(commands)) {
      const { synopsis, options = {} } = await load();
      expect(stdout).toContain(`\n  ${synopsis}`);
      const own = await ipvs([name, '--bogus', '--help']);
      expect(own).toMatchObject({ status: 0, stderr: '' });
      expect(own.stdout).toContain(`Usage: ipvs ${synopsis}\n`);
      for (const option of Object.keys(options)) expect(own.stdout).toContain(`--${option}`);
      expect(own.stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    }
  });

  test.each<[words: string, message: string]>([
    ['inf', "unknown command 'inf' (did you mean info?); try 'ipvs --help'"],
    ['constructor', "unknown command 'constructor'; try 'ipvs --help'"],
    ['info --jsn', "unknown option '--jsn' (did you mean --json?); try 'ipvs --help'"],
    ['info --json=yes', "--json: unexpected argument 'yes'; try 'ipvs --help'"],
    ['info rules', "unexpected argument 'rules'; try 'ipvs --help'"],
    ['apply', "missing argument: ipvs apply FILE [--drain DURATION] [--yes]; try 'ipvs --help'"],
    ['info --netns', "--netns: missing argument NAME|PATH; try 'ipvs --help'"],
    ['info --netns --json', "--netns: missing argument NAME|PATH; try 'ipvs --help'"],
    ['--netns', "--netns: missing argument NAME|PATH; try 'ipvs --help'"],
  ])('%s is a usage error', async (words, message) => {
    expect(await ipvs(words.split(' '))).toEqual({ status: 255, stdout: '', stderr: `ipvs: ${message}\n` });
  });

  test.each([
    '--fake x --netns blue info',
    '--netns blue info --fake x',
    '--netns blue -L --fake x',
    'info --fake x --netns y',
  ])('%s: two places are one too many', async (words) => {
    const { status, stderr } = await ipvs(words.split(' '));
    expect(status).toBe(2);
    expect(stderr).toMatch(/^ipvs: --(netns|fake): cannot be combined with --(netns|fake); try 'ipvs --help'\n$/);
  });
});

describe('a command', () => {
  test('gets its options, operands and IPVS, and gives the exit status', async () => {
    vi.spyOn(commands, 'info' as never).mockImplementation((async () => echo) as never);
    expect(await ipvs(['info', '-n', '5', 'a', '--fake', file, '--quiet', '--', '--help'])).toEqual({
      status: 3,
      stdout: '{"number":"5","operands":["a","--help"],"services":1}',
      stderr: '',
    });
    expect((await ipvs(['info', 'a', 'b', 'c'])).stderr).toBe("ipvs: unexpected argument 'c'; try 'ipvs --help'\n");
    vi.restoreAllMocks();
  });
});

/** Every file that is loaded with an output of the bundle, before anything runs. */
function loadedWith(entry: string, { outputs }: Metafile): string[] {
  const loaded = new Set<string>();
  const visit = (path: string) => {
    const output = outputs[path];
    if (!output || loaded.has(path)) return;
    loaded.add(path);
    for (const { path: next, kind } of output.imports) if (kind === 'import-statement') visit(next);
  };
  visit(entry);
  return [...loaded].flatMap((path) => Object.keys(outputs[path]?.inputs ?? {}));
}

test('no listing loads a subcommand, help or the kernel in memory', async () => {
  const { metafile } = await build({
    entryPoints: [join(root, 'src/cli/main.ts')],
    absWorkingDir: root,
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    external: ['koffi'],
    write: false,
    metafile: true,
  });
  const loaded = loadedWith('dist/main.js', metafile);
  expect(loaded).toContain('src/cli/listing/table.ts');
  expect(loaded.filter((path) => /^src\/(cli\/(commands|help)|testing)/.test(path))).toEqual([]);
});
