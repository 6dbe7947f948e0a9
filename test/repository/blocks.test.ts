import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { subpaths } from '../../subpaths.ts';
import { ipvs } from '../support/cli.ts';
import { type Block, blocksOf, isProgram, pages } from '../support/docs/blocks.ts';
import { compile } from '../support/docs/compile.ts';
import { run } from '../support/docs/run.ts';

// Whatever opens this machine's kernel gets the block's own.
const current = vi.hoisted(() => ({ kernel: undefined as unknown }));
vi.mock('../../src/netlink/transport/linux-kernel.ts', () => ({ linuxKernel: () => current.kernel }));
const { FakeKernel } = await import('../../src/testing/index.ts');

/** The word behind a language that says which kernel a block is to meet: `capable=false`. */
const kernelOption = /^(\w+)=(true|false)$/;

const all = pages.flatMap(blocksOf);
const modules: Record<string, unknown> = {};
const home = process.cwd();

beforeAll(async () => {
  for (const { name, source } of subpaths) modules[name] = await import(source);
});

test('every program of the guides compiles', () => {
  expect(all.filter(isProgram).length).toBeGreaterThan(10);
  expect(compile(all.filter(isProgram))).toEqual([]);
}, 300_000);

describe.each(pages.filter((page) => blocksOf(page).some(isRun)))('%s', (page) => {
  const folder = mkdtempSync(join(tmpdir(), 'ipvs-guide-'));
  const blocks = blocksOf(page);
  beforeAll(() => {
    process.chdir(folder);
    for (const { language, info, text } of blocks)
      if (isFile(language, info)) {
        mkdirSync(dirname(join(folder, info)), { recursive: true });
        writeFileSync(join(folder, info), text);
      }
  });
  afterAll(() => {
    process.chdir(home);
    rmSync(folder, { recursive: true });
  });

  for (const block of blocks.filter(isRun))
    test(`${block.place} runs and prints what it says`, async () => {
      current.kernel = new FakeKernel(optionsOf(block));
      if (block.language === 'console') return expect(await session(block)).toBe(block.text);
      const printed = await run(block, current.kernel as InstanceType<typeof FakeKernel>, modules);
      expect(printed).toBe(block.output ?? '');
    });
});

/** Whether a block is the text of a file, whose name follows the language. */
function isFile(language: string, info: string): boolean {
  return language !== 'console' && /^[\w./-]+\.\w+$/.test(info);
}

function optionsOf({ info }: Block): Record<string, boolean> {
  const [, name, value] = kernelOption.exec(info) ?? [];
  return name ? { [name]: value === 'true' } : {};
}

/** `no-run` behind the language says that a block needs more than this machine has; `kernel` that a kernel test runs it. */
function isRun({ language, info, text }: Block): boolean {
  return (
    (info === '' || kernelOption.test(info)) &&
    (language === 'console' || ((language === 'ts' || language === 'js') && !/\btest\(/.test(text)))
  );
}

/** What a terminal shows when the commands of a session are given again. */
async function session({ text, place }: Block): Promise<string> {
  let shown = '';
  for (const [line] of text.matchAll(/^\$ .*(?:\\\n.*)*/gm)) {
    const words = line.slice(2).replaceAll('\\\n', ' ').split(/\s+/);
    const at = words.indexOf('ipvs');
    expect(words.slice(0, at + 1).join(' '), place).toMatch(/^(npx )?ipvs$/);
    const { stdout, stderr } = await ipvs(words.slice(at + 1));
    shown += `${line}\n${stdout}${stderr}`;
  }
  return shown;
}
