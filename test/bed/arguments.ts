import { parseArgs } from 'node:util';
import { type Version, versions } from './kernels/kernels.ts';

/** What the command line of every entry point chooses: beds, and whatever words remain. */
export type Choice = {
  kernels: Version[];
  uml: boolean;
  host: boolean;
  out?: string;
  timeout?: number;
  rest: string[];
};

/** `[--kernel 6.12]... [--uml] [--host] [--out FOLDER] [--timeout SECONDS] [--] rest...`; without any choice, all kernels. */
export function parseChoice(argv: string[]): Choice {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      kernel: { type: 'string', multiple: true, default: [] },
      uml: { type: 'boolean', default: false },
      host: { type: 'boolean', default: false },
      out: { type: 'string' },
      timeout: { type: 'string' },
    },
  });
  const { kernel, uml, host, out, timeout } = values;
  const kernels = kernel.length > 0 || host ? kernel.map(knownVersion) : versions;
  return {
    kernels,
    uml,
    host,
    rest: positionals,
    ...(out ? { out } : {}),
    ...(timeout ? { timeout: seconds(timeout) } : {}),
  };
}

function knownVersion(text: string): Version {
  const version = versions.find((known) => known === text);
  if (version) return version;
  throw new Error(`There is no kernel ${text} in the test bed; there are ${versions.join(', ')}.`);
}

function seconds(text: string): number {
  const number = Number(text);
  if (number > 0) return number;
  throw new Error(`--timeout takes a number of seconds, not ${text}.`);
}
