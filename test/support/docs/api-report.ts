import ts from 'typescript';
import { subpaths } from '../../../subpaths.ts';
import { root } from './blocks.ts';

/**
 * The declarations of everything that the package exports, without comments and private members: module by module, in the order
 * of their names. What several modules export stands with the first.
 */
export function reportApi(): string {
  const { config } = ts.readConfigFile(`${root}/tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: ['subpaths.ts'] }, ts.sys, root);
  const program = ts.createProgram(
    subpaths.map(({ source }) => source),
    {
      ...options,
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      removeComments: true,
      stripInternal: true,
    },
  );
  const checker = program.getTypeChecker();
  const declarationsOf = declarationsIn(program);
  const seen = new Map<ts.Symbol, string>();
  const modules = subpaths.map(({ name: module, source }) => {
    const file = program.getSourceFile(source);
    const own = file && checker.getSymbolAtLocation(file);
    if (!own) throw new Error(`${source} is no module`);
    const exported = checker.getExportsOfModule(own).sort((a, b) => (a.name < b.name ? -1 : 1));
    const texts = exported.map((each) => {
      const symbol = each.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(each) : each;
      const first = seen.get(symbol);
      seen.set(symbol, first ?? module);
      return first ? `export { ${each.name} } from '${first}';` : declarationsOf(symbol);
    });
    return `declare module '${module}' {\n${texts.join('\n').replace(/^(?=.)/gm, '  ')}\n}\n`;
  });
  return modules.join('\n');
}

/** Finds what the compiler emits for a symbol. */
function declarationsIn(program: ts.Program): (symbol: ts.Symbol) => string {
  const emitted = new Map<ts.SourceFile, ts.SourceFile>();
  const emit = (source: ts.SourceFile) => {
    let text = '';
    program.emit(source, (_, written) => (text = written), undefined, true);
    const file = ts.createSourceFile('emitted.d.ts', text, ts.ScriptTarget.Latest, true);
    emitted.set(source, file);
    return file;
  };
  return (symbol) => {
    const sources = new Set(symbol.declarations?.map((declaration) => declaration.getSourceFile()));
    const statements = [...sources].flatMap((source) =>
      (emitted.get(source) ?? emit(source)).statements.filter((each) => namesOf(each).includes(symbol.name)),
    );
    if (statements.length === 0) throw new Error(`${symbol.name} is declared nowhere`);
    const text = statements.map((statement) => statement.getText().replace(/^export (declare )?/, '')).join('\n');
    return text.replace(/^ +(#private|private .*);\n/gm, '');
  };
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  const { name } = statement as Partial<ts.FunctionDeclaration | ts.ClassDeclaration>;
  return name ? [name.text] : [];
}
