import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { AliasError, checkAliases } from './aliases.ts';
import { ConfigError, type Position } from './config-error.ts';

/** A parsed file whose values know where they stand. */
export interface ParsedFile {
  readonly value: unknown;
  /** The place of what a path such as `services[0].port` leads to, or of the innermost part of it that there is. */
  locate(path: string, options?: { readonly name?: boolean }): Position;
}

/** Parses YAML 1.2. Throws ConfigError. */
export function parseYaml(text: string): ParsedFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = [...document.errors, ...document.warnings];
  if (error) throw syntaxError(error.message.replace(/; please use .*/, ''), positionAt(lines, error.pos[0]));
  try {
    checkAliases(document.contents);
  } catch (error) {
    if (!(error instanceof AliasError)) throw error;
    throw syntaxError(error.message, positionAt(lines, error.node.range?.[0] ?? 0));
  }
  return {
    value: toValue(document),
    locate: (path, { name = false } = {}) => positionAt(lines, offsetOf(document, path, name)),
  };
}

function toValue(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: -1 });
  } catch (error) {
    // Merge keys of YAML 1.1 with something else than a mapping.
    throw syntaxError((error as Error).message, { line: 1, column: 1 });
  }
}

/** Parses JSON. Throws ConfigError. */
export function parseJson(text: string): ParsedFile {
  const own = text.replace(/^\uFEFF/, '');
  try {
    JSON.parse(own);
  } catch (error) {
    const { message } = error as Error;
    const [, digits] = /at position (\d+)/.exec(message) ?? [];
    // Some messages of V8 quote the text instead of saying where.
    const problem = message.replace(/ (in JSON )?at position .*|, (\.\.\.)?".* is not valid JSON/s, '');
    throw syntaxError(problem, digits === undefined ? yamlPosition(own) : positionOf(own, Number(digits)));
  }
  // JSON is YAML, and the parser of YAML knows where each value stands.
  return parseYaml(own);
}

/** The place where a text ceases to be YAML; its end where it does not. */
function yamlPosition(text: string): Position {
  try {
    parseYaml(text);
  } catch (error) {
    if (error instanceof ConfigError) return { line: error.line, column: error.column };
  }
  return positionOf(text, text.length);
}

function syntaxError(message: string, position: Position): ConfigError {
  return new ConfigError(message, undefined, '', position, true);
}

function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

function positionOf(text: string, offset: number): Position {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** @param name whether the name of the last property is meant, not its value */
function offsetOf(document: Document.Parsed, path: string, name: boolean): number {
  let node: Node | null | undefined = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const [i, part] of partsOf(path).entries()) {
    if (isAlias(node)) node = node.resolve(document);
    const isLast = i === partsOf(path).length - 1;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === part);
      if (!pair) break;
      const value = pair.value as Node | null;
      const at = isLast && name ? pair.key : (value ?? pair.key);
      offset = (at as Node).range?.[0] ?? offset;
      node = value;
    } else if (isSeq(node)) {
      node = node.items[Number(part)] as Node | undefined;
      if (!node) break;
      offset = node.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}

/** `services[0].port` in parts: `services`, `0`, `port`. */
function partsOf(path: string): string[] {
  return path.split(/[.[\]]+/).filter((part) => part !== '');
}
