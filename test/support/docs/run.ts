import { createRequire } from 'node:module';
import { formatWithOptions } from 'node:util';
import ts from 'typescript';
import { Ipvs } from '../../../src/ipvs/index.ts';
import type { FakeKernel } from '../../../src/testing/index.ts';
import { type Block, isWhole, root } from './blocks.ts';

const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
const servers = ['10.0.0.5', '10.0.0.6'];

/** Makes a function of a program that may await: what it requires and prints to is given to it. */
const AsyncFunction = (async () => {}).constructor as new (
  ...parameters: string[]
) => (...values: unknown[]) => Promise<void>;

/**
 * Runs a program in this process and returns what it printed. A fragment is given `ipvs`, `kernel` and `web`.
 * @param modules those that it may import, beside what Node has and what the repository depends on
 */
export async function run(block: Block, kernel: FakeKernel, modules: Record<string, unknown>): Promise<string> {
  const program = block.language === 'js' ? block.text : asCommonJs(block.text);
  let printed = '';
  const print = (...values: unknown[]) => {
    printed += `${formatWithOptions({ colors: false }, ...values)}\n`;
  };
  const fromRoot = createRequire(`${root}/`);
  const given: Record<string, unknown> = {
    require: (name: string) => modules[name] ?? fromRoot(name),
    exports: {},
    console: { ...console, log: print, error: print, table: console.table },
  };
  const ipvs = isWhole(block) ? undefined : await openFragment(kernel);
  if (ipvs) Object.assign(given, { web, kernel, ipvs });
  await new AsyncFunction(...Object.keys(given), `'use strict'; {${program}}`)(...Object.values(given));
  await ipvs?.close();
  return printed;
}

/** An `Ipvs` whose table has the service of fragments. */
async function openFragment(kernel: FakeKernel): Promise<Ipvs> {
  const ipvs = await Ipvs.open({ kernel });
  await ipvs.addService(web);
  for (const address of servers) await ipvs.addDestination(web, { address, port: 8080 });
  return ipvs;
}

/** The program with `require` for `import`, and without types and newer syntax than Node 20's. */
function asCommonJs(text: string): string {
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true };
  return ts.transpileModule(text, { compilerOptions }).outputText;
}
