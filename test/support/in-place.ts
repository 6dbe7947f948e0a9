import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Options } from 'tsup';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/** What a source finds from where it is, it finds from there when it is built into another folder as well. */
export function inPlace(filter: RegExp): Plugin {
  return {
    name: 'in-place',
    setup: ({ onLoad }) =>
      onLoad({ filter }, async ({ path }) => ({
        contents: (await readFile(path, 'utf8'))
          .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href))
          .replaceAll('import.meta.dirname', JSON.stringify(dirname(path))),
        loader: 'ts',
      })),
  };
}
