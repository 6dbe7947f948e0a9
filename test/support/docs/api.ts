import { relative } from 'node:path';
import ts from 'typescript';
import { subpaths } from '../../../subpaths.ts';
import { type Block, root } from './blocks.ts';

/** A function or a method that users call. */
export interface Callable {
  /** Its module and name: `ipvs/netlink Socket.submit`. */
  readonly name: string;
  readonly examples: readonly Block[];
}

/** What the modules of the package export. */
export interface Api {
  /** Each export by its name, with the module that has it, and whether it is a type alone. */
  readonly exports: ReadonlyMap<string, { readonly module: string; readonly type: boolean }>;
  /** Every function, and every method of a class that is neither abstract nor internal; then the classes with examples. */
  readonly callables: readonly Callable[];
}

/** Reads the exports of all modules, and the examples in their doc comments. */
export function readApi(): Api {
  const { config } = ts.readConfigFile(`${root}/tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: ['subpaths.ts'] }, ts.sys, root);
  const program = ts.createProgram(
    subpaths.map(({ source }) => source),
    options,
  );
  const checker = program.getTypeChecker();
  const exports = new Map<string, { module: string; type: boolean }>();
  const callables: Callable[] = [];
  const seen = new Set<ts.Symbol>();
  for (const { name: module, source } of subpaths) {
    const file = program.getSourceFile(source);
    const own = file && checker.getSymbolAtLocation(file);
    if (!own) throw new Error(`${source} is no module`);
    for (const exported of checker.getExportsOfModule(own)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const { name } = exported;
      if (!exports.has(name)) exports.set(name, { module, type: !(symbol.flags & ts.SymbolFlags.Value) });
      if (seen.has(symbol)) continue;
      seen.add(symbol);
      for (const declaration of symbol.declarations ?? []) {
        if (ts.isFunctionDeclaration(declaration)) callables.push(callable(`${module} ${name}`, declaration));
        if (!ts.isClassDeclaration(declaration)) continue;
        const whole = callable(`${module} ${name}`, declaration);
        if (whole.examples.length > 0) callables.push(whole);
        for (const member of declaration.members)
          if (ts.isMethodDeclaration(member) && isForUsers(member))
            callables.push(callable(`${module} ${name}.${member.name.getText()}`, member));
      }
    }
  }
  return { exports, callables };
}

function isForUsers(method: ts.MethodDeclaration): boolean {
  const modifiers = ts.getCombinedModifierFlags(method);
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected | ts.ModifierFlags.Abstract;
  if (modifiers & hidden || ts.isPrivateIdentifier(method.name)) return false;
  return !ts.getJSDocTags(method).some(({ tagName }) => tagName.text === 'internal');
}

function callable(name: string, node: ts.Node): Callable {
  const file = node.getSourceFile();
  const tags = ts.getJSDocTags(node).filter(({ tagName }) => tagName.text === 'example');
  const examples = tags.map((tag): Block => {
    const comment = ts.getTextOfJSDocComment(tag.comment) ?? '';
    const [, text = ''] = /^```ts\n(.*\n)```$/s.exec(comment.trim()) ?? [];
    const line = file.getLineAndCharacterOfPosition(tag.getStart()).line + 2;
    const place = `${relative(root, file.fileName)}:${line}`;
    return { place, language: 'ts', info: '', text, output: outputOf(text) };
  });
  return { name, examples };
}

/** What an example prints: the comment behind each `console.log`, or the lines of comment right below it. */
function outputOf(text: string): string {
  let inOutput = false;
  const lines = text.split('\n').flatMap((line) => {
    const [, code = '', comment] = /^(.*?)(?:\/\/ (.*))?$/.exec(line) ?? [];
    inOutput = code.includes('console.log(') || (inOutput && code === '');
    return inOutput && comment !== undefined ? [comment] : [];
  });
  return lines.map((line) => `${line}\n`).join('');
}

/** An example with imports of what it uses of this package, on its first line. */
export function withImports(block: Block, exports: Api['exports']): Block {
  const file = ts.createSourceFile('example.ts', block.text, ts.ScriptTarget.Latest, true);
  const declared = new Set<string>();
  const used = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) used.add(node.text);
    const name =
      ts.isClassDeclaration(node) || ts.isImportSpecifier(node) || ts.isBindingElement(node) ? node.name : undefined;
    const own = ts.isVariableDeclaration(node) || ts.isParameter(node) ? node.name : name;
    if (own && ts.isIdentifier(own)) declared.add(own.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  const imports = [...used].flatMap((name) => {
    const found = declared.has(name) ? undefined : exports.get(name);
    return found ? [`import { ${found.type ? 'type ' : ''}${name} } from '${found.module}';`] : [];
  });
  return { ...block, text: [...imports, block.text].join(' ') };
}
