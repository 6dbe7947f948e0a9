import { parseArgs } from 'node:util';
import { type Architecture, defaultArchitecture, findArchitecture, ownArchitecture } from './architectures.ts';
import { usual, type Version, versions } from './kernels/kernels.ts';

/** What the command line of every entry point chooses: beds, and whatever words remain. */
export type Choice = {
  kernels: Version[];
  /** No bed was chosen: the kernel is the usual one. */
  byDefault: boolean;
  /** That of the kernels. */
  architecture: Architecture;
  uml: boolean;
  host: boolean;
  out?: string;
  timeout?: number;
  /** Folders of the packages whose kernel tests are meant; without a choice the repository's own, `.`. */
  packages: string[];
  rest: string[];
};

/**
 * `[--kernel 6.12]... [--arch arm64] [--uml] [--host] [--out FOLDER] [--timeout SECONDS] [--package FOLDER]... [--] rest...`; `--kernel all`
 * for every kernel, without any choice the usual one; the architecture is this machine's own unless another is chosen.
 */
export function parseChoice(argv: string[]): Choice {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      kernel: { type: 'string', multiple: true, default: [] },
      arch: { type: 'string' },
      uml: { type: 'boolean', default: false },
      host: { type: 'boolean', default: false },
      out: { type: 'string' },
      timeout: { type: 'string' },
      package: { type: 'string', multiple: true, default: [] },
    },
  });
  const { kernel, arch, uml, host, out, timeout, package: packages } = values;
  const byDefault = kernel.length === 0 && !host && !uml && arch === undefined;
  const kernels = kernel.length > 0 || host ? [...new Set(kernel.flatMap(knownVersions))] : [usual];
  const architecture = arch === undefined ? defaultArchitecture : findArchitecture(arch);
  if (arch !== undefined && architecture !== ownArchitecture) {
    const own = Object.entries({ '--uml': uml, '--host': host, '--package': packages.length > 0 });
    for (const [option, given] of own)
      if (given)
        throw new Error(`${option} runs programs of this machine, so it cannot be combined with --arch ${arch}.`);
  }
  return {
    kernels,
    byDefault,
    architecture,
    uml,
    host,
    packages: packages.length > 0 ? packages : ['.'],
    rest: positionals,
    ...(out ? { out } : {}),
    ...(timeout ? { timeout: seconds(timeout) } : {}),
  };
}

function knownVersions(text: string): readonly Version[] {
  if (text === 'all') return versions;
  const version = versions.find((known) => known === text);
  if (version) return [version];
  throw new Error(`There is no kernel ${text} in the test bed; there are ${versions.join(', ')}.`);
}

function seconds(text: string): number {
  const number = Number(text);
  if (number > 0) return number;
  throw new Error(`--timeout takes a number of seconds, not ${text}.`);
}

/** Takes an option and its value out of a command line. */
export function takeOption(argv: string[], name: string): string | undefined {
  const at = argv.indexOf(name);
  return at < 0 ? undefined : argv.splice(at, 2)[1];
}
