import { join } from 'node:path';
import ts from 'typescript';
import { type Block, root } from './blocks.ts';

const declarations = [join(import.meta.dirname, 'fragment.d.ts'), join(root, 'src/netlink/codec/buffer-layout.d.ts')];

/** What the compiler says of blocks, with the settings of the repository, each a module of its own. */
export function compile(blocks: readonly Block[]): string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: ['subpaths.ts'] }, ts.sys, root);
  // In the folder of the examples, so that `ipvs` and packages are found; blocks for CommonJS are checked as such.
  const files = new Map(
    blocks.map((block, index) => [
      join(root, 'examples', `block-${index}.${block.language === 'js' ? 'cjs' : 'mts'}`),
      block,
    ]),
  );
  const all = { ...options, allowJs: true, checkJs: true, moduleDetection: ts.ModuleDetectionKind.Force };
  const host = ts.createCompilerHost(all);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path)?.text ?? readFile(path);
  host.getSourceFile = (path, target, ...more) => {
    const block = files.get(path);
    return block ? ts.createSourceFile(path, block.text, target) : getSourceFile(path, target, ...more);
  };
  const program = ts.createProgram([...files.keys(), ...declarations], all, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const [place, line] = (file && files.get(file.fileName)?.place.split(':')) ?? [file?.fileName ?? '', '0'];
    const below = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    return `${place}:${Number(line) + below}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}
