import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildFolder, cacheFolder } from '../test/bed/cache.ts';
import { run } from '../test/bed/commands.ts';
import { openApt } from '../test/bed/debian/apt.ts';
import { ensureTools } from '../test/bed/debian/packages.ts';
import { suites, type Version } from '../test/bed/kernels/kernels.ts';
import { getUml } from '../test/bed/kernels/uml.ts';

/** In the order in which they are loaded: each needs some before it. */
const modules = ['nf_tables', 'nft_chain_nat', 'nft_nat', 'nft_masq', 'nft_numgen', 'nft_ct', 'nft_compat'];

/**
 * The modules of nftables' address translation for user-mode Linux, which Debian leaves out there: built from Debian's source of
 * the same release, with the configuration of that kernel but for these, and kept in the cache.
 * @returns paths of the modules, in the order in which to load them
 */
export async function nftablesModules(version: Version): Promise<string[]> {
  const kernel = await getUml(version);
  const folder = join(cacheFolder(), `uml-${version}-nftables-${kernel.release}`);
  if (!existsSync(folder)) {
    console.error(`Building the modules of nftables for user-mode Linux ${kernel.release} into ${folder}`);
    await ensureTools({ gcc: 'gcc', make: 'make', flex: 'flex', bison: 'bison', bc: 'bc', xz: 'xz-utils' });
    await buildFolder(folder, (draft) => build(version, kernel.folder, kernel.release, draft));
  }
  return modules.map((name) => join(folder, `${name}.ko`));
}

async function build(version: Version, kernel: string, release: string, folder: string): Promise<void> {
  const source = join(folder, 'source');
  await unpackSource(version, release, folder, source);
  const env = { LD_LIBRARY_PATH: '.' };
  await writeFile(join(source, '.config'), await run('./linux', ['--showconfig'], { env, cwd: kernel }));
  const here = { cwd: source };
  const enable = ['NF_TABLES_IPV4', 'NF_TABLES_IPV6'].flatMap((name) => ['--enable', name]);
  const disable = ['LOCALVERSION_AUTO', 'DEBUG_INFO_BTF'].flatMap((name) => ['--disable', name]);
  await run('scripts/config', [...enable, '--module', 'NFT_NAT', ...disable], here);
  const make = (...words: string[]) => run('make', ['-j2', 'ARCH=um', ...words], here);
  await make('olddefconfig');
  await make('modules_prepare');
  // The symbols of the kernel itself are not known without its build; its modules carry no checksums of them.
  await make('M=net/netfilter', 'KBUILD_MODPOST_WARN=1', 'modules');
  for (const name of modules) await copyFile(join(source, `net/netfilter/${name}.ko`), join(folder, `${name}.ko`));
  await rm(source, { recursive: true });
}

/** A kernel of one release takes modules of that release alone, which only one of the archives may still have. */
async function unpackSource(version: Version, release: string, folder: string, source: string): Promise<void> {
  const name = `linux-source-${version}`;
  const [apt, download] = [join(folder, 'apt'), join(folder, 'packages')];
  const found = async (suite: string) => {
    const archive = await openApt(join(apt, suite), suite);
    await mkdir(download, { recursive: true });
    await archive.download([`${name}=${release}-*`], download);
  };
  await found(suites[version]).catch(() => found(`${suites[version]}-security`));
  const [archive = ''] = await readdir(download);
  await run('dpkg-deb', ['--extract', join(download, archive), download]);
  await mkdir(source);
  const text = join(download, `usr/src/${name}.tar.xz`);
  await run('tar', ['--extract', '--file', text, '--directory', source, '--strip-components=1']);
  for (const each of [apt, download]) await rm(each, { recursive: true });
}
