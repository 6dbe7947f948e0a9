import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A module that the package exports: `dist/X.js` is built from `src/X/index.ts`. */
export interface Subpath {
  /** The name to import: `ipvs/rules`. */
  readonly name: string;
  /** Its path below src/, and without an extension below dist/: `rules`. */
  readonly path: string;
  /** Its source, as an absolute path. */
  readonly source: string;
}

const manifest = new URL('package.json', import.meta.url);
const { name, exports }: { name: string; exports: Record<string, string | { types: string; default: string }> } =
  JSON.parse(readFileSync(manifest, 'utf8'));

/** The modules that `exports` of package.json names, which is the one list of them. */
export const subpaths: readonly Subpath[] = Object.entries(exports).flatMap(([subpath, target]) => {
  if (typeof target === 'string') return []; // package.json itself
  const [, path] = /^\.\/dist\/(.+)\.js$/.exec(target.default) ?? [];
  if (!path || target.types !== `./dist/${path}.d.ts`)
    throw new Error(`package.json: exports["${subpath}"] must name ./dist/X.js and ./dist/X.d.ts`);
  const source = fileURLToPath(new URL(`src/${path}/index.ts`, manifest));
  return [{ name: subpath.replace(/^\./, name), path, source }];
});
