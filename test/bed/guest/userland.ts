import { join } from 'node:path';
import { type Architecture, ownArchitecture } from '../architectures.ts';
import { find } from '../commands.ts';
import { getDependencies } from './dependencies.ts';
import { getRoot } from './root.ts';

/** The files of this machine that a guest has as its own. */
export type Userland = {
  /** The folder that is its root. */
  root: string;
  /** The static program that its first file system consists of. */
  busybox: string;
  /** Folders over that root. */
  folders: readonly SharedFolder[];
};

/** A folder of this machine and where the guest has it; it may write there, and this machine sees nothing of it. */
export type SharedFolder = { tag: string; folder: string; path: string };

/** This machine's own files; for another architecture Debian's, and the repository with dependencies of that architecture. */
export async function getUserland(architecture: Architecture): Promise<Userland> {
  if (architecture === ownArchitecture) return { root: '/', busybox: find('busybox') ?? 'busybox', folders: [] };
  const root = await getRoot(architecture);
  const repository = join(import.meta.dirname, '../../..');
  const dependencies = await getDependencies(repository, architecture);
  return {
    root,
    busybox: join(root, 'usr/bin/busybox'),
    folders: [
      { tag: 'repository', folder: repository, path: repository },
      { tag: 'dependencies', folder: dependencies, path: join(repository, 'node_modules') },
    ],
  };
}
