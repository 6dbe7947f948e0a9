import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { find, run } from '../commands.ts';
import { debianMirror } from './mirror.ts';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** An apt of its own below `folder`, for another Debian suite or architecture, that leaves the machine's lists alone. */
export async function openApt(folder: string, suite: string, architecture = 'amd64') {
  // Security updates come from an archive of their own, which mirrors have beside the other.
  const mirror = suite.endsWith('-security') ? debianMirror().replace(/\/?$/, '-security') : debianMirror();
  const options = [`arch=${architecture}`, ...(find(keyring) ? [`signed-by=${keyring}`] : [])].join(' ');
  await mkdir(join(folder, 'lists/partial'), { recursive: true });
  await mkdir(join(folder, 'cache/archives/partial'), { recursive: true });
  await writeFile(join(folder, 'status'), '');
  await writeFile(join(folder, 'sources.list'), `deb [${options}] ${mirror} ${suite} main\n`);
  await writeFile(join(folder, 'apt.conf'), configuration(folder, architecture));
  const env = { APT_CONFIG: join(folder, 'apt.conf') };
  await run('apt-get', ['update', '-q'], { env });
  return {
    /** Names of the suite's packages that match. */
    async search(pattern: string) {
      const found = await run('apt-cache', ['search', '--names-only', pattern], { env });
      return found.split('\n').flatMap((line) => line.split(' ')[0] || []);
    },
    /** Names of the packages that one depends on. */
    async depends(name: string) {
      const found = await run('apt-cache', ['depends', '--important', name], { env });
      return [...found.matchAll(/Depends: (\S+)/g)].flatMap(([, dependency]) => dependency ?? []);
    },
    /** Puts the .deb files of these packages into a folder. */
    async download(names: string[], cwd: string) {
      await run('apt-get', ['download', '-q', ...names], { env, cwd });
    },
    /** The .deb files of these packages and of all that they depend on. */
    async downloadWithDependencies(names: string[]) {
      await run('apt-get', ['install', '--download-only', '-q', '-y', '--no-install-recommends', ...names], { env });
      const archives = join(folder, 'cache/archives');
      return (await readdir(archives)).filter((name) => name.endsWith('.deb')).map((name) => join(archives, name));
    },
  };
}

function configuration(folder: string, architecture: string): string {
  return [
    `APT::Architecture "${architecture}";`,
    'APT::Sandbox::User "root";', // as root, apt would become _apt, who may not enter this folder
    'APT::Update::Error-Mode "any";', // else a mirror that does not answer is only a warning
    'Acquire::Languages "none";',
    'Dir::Etc::sourceparts "-";',
    `Dir::Etc::sourcelist "${folder}/sources.list";`,
    `Dir::State::Lists "${folder}/lists";`,
    `Dir::State::status "${folder}/status";`,
    `Dir::Cache "${folder}/cache";`,
    '',
  ].join('\n');
}
