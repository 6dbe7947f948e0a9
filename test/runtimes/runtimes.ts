/** A program that runs JavaScript, and how it is got and started. */
export interface Runtime {
  readonly name: string;
  /** The npm package that contains it. */
  readonly package: string;
  /** The words before a program's path, from the project's folder. */
  readonly command: readonly string[];
}

const node = (version: number): Runtime => ({
  name: `Node ${version}`,
  package: `node@${version}`,
  command: ['node_modules/.bin/node'],
});

/** Those that the package is tried on. */
export const runtimes: readonly Runtime[] = [
  node(20),
  node(22),
  node(24),
  node(26),
  { name: 'Bun', package: 'bun@1', command: ['node_modules/.bin/bun'] },
  { name: 'Deno', package: 'deno@2', command: ['node_modules/.bin/deno', 'run', '--allow-all'] },
];
