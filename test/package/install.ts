import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { execute, root } from './execute.ts';

/** Where the package was installed from its tarball, as its users do. */
export interface Installed {
  /** The tarball. */
  readonly tarball: string;
  /** The files in the tarball. */
  readonly files: readonly string[];
  /** A project that depends on the package and on every compiler of `compilers`, but not on @types/node. */
  readonly project: string;
  /** A project inside it that depends on @types/node. */
  readonly withNode: string;
}

/** The versions of TypeScript whose users the declarations must serve, by the name each is installed under. */
export const compilers = ['5.9', '6.0'] as const;

declare module 'vitest' {
  interface ProvidedContext {
    installed: Installed;
  }
}

/** Builds and packs the package and installs the tarball in a new project; removes all of it at the end. */
export default async function install(vitest: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'ipvs-package-'));
  const project = join(folder, 'project');
  const withNode = join(project, 'with-node');
  const { devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

  const packed = await execute(['npm', 'pack', '--silent', '--json', '--pack-destination', folder], root);
  const [{ filename, files }] = JSON.parse(packed.slice(packed.indexOf('\n[') + 1));
  const tarball = join(folder, filename);
  await npmInstall(
    project,
    tarball,
    'jest@30',
    ...compilers.map((version) => `typescript-${version}@npm:typescript@~${version}`),
  );
  await npmInstall(withNode, `@types/node@${devDependencies['@types/node']}`);

  vitest.provide('installed', {
    tarball,
    files: files.map(({ path }: { path: string }) => path),
    project,
    withNode,
  });
  return () => rm(folder, { recursive: true });
}

async function npmInstall(folder: string, ...packages: string[]): Promise<void> {
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  await execute(['npm', 'install', '--silent', ...packages], folder);
}
