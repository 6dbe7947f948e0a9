import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Node as YamlNode } from 'yaml';
import { Failure } from '../failure.ts';
import { collectObjects, describePlace, type FoundObjects, type Item, type Place } from './collect-objects.ts';

/** A file's text, with the name to tell it by. */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
}

/** Gives the place of what a path such as `spec.ports[0].port` leads to. */
type Locate = (path: string) => Place;

/**
 * Reads the objects of YAML or JSON files: several documents, and lists as kubectl writes them.
 * @throws Failure for text that is neither
 */
export function readFiles(files: readonly SourceFile[]): FoundObjects {
  return collectObjects(files.flatMap(itemsOf));
}

function itemsOf({ name, text }: SourceFile): Item[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file: name, line: Math.max(1, line), column: Math.max(1, col) };
  };
  if (!Array.isArray(documents)) return []; // an empty stream
  return documents.flatMap((document) => {
    const [error] = document.errors;
    if (error) throw new Failure(`${describePlace(placeAt(error.pos[0]))}: ${error.message}`);
    const locate: Locate = (path) => placeAt(offsetOf(document.contents, path));
    return listItems(contentsOf(document, locate)).map(({ raw, path }) => ({
      raw,
      locate: (field) => locate(path ? `${path}.${field}` : field),
    }));
  });
}

function contentsOf(document: { toJS(): unknown }, locate: Locate): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // Aliases without an anchor, or of aliases that would grow without bounds.
    throw new Failure(`${describePlace(locate(''))}: ${(error as Error).message}`);
  }
}

/** The objects of a list, each with its path, or the one object that it is. */
function listItems(raw: unknown): { raw: unknown; path: string }[] {
  if (raw === null || raw === undefined) return []; // an empty document
  const { apiVersion, kind, items } = raw as { apiVersion?: unknown; kind?: unknown; items?: unknown };
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) return [{ raw, path: '' }];
  // Items of a list of one kind need not say what they are, as the API server sends them.
  const own = kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
  return items.flatMap((item: unknown, i) => {
    const isObject = typeof item === 'object' && item !== null;
    return listItems(isObject ? { ...own, ...item } : item).map((each) => ({
      ...each,
      path: `items[${i}]${each.path && `.${each.path}`}`,
    }));
  });
}

function offsetOf(root: unknown, path: string): number {
  let node = root as YamlNode | null | undefined;
  let offset = node?.range?.[0] ?? 0;
  for (const part of partsOf(path)) {
    const next = childOf(node, part);
    if (!next?.range) break;
    [node, offset] = [next, next.range[0]];
  }
  return offset;
}

function childOf(node: YamlNode | null | undefined, part: string): YamlNode | undefined {
  if (isSeq(node)) return node.items[Number(part)] as YamlNode | undefined;
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === part);
  return (pair?.value ?? pair?.key) as YamlNode | undefined;
}

/** `metadata.annotations["a.b/c"]` in parts: `metadata`, `annotations`, `a.b/c`. */
function partsOf(path: string): string[] {
  return Array.from(path.matchAll(/\["([^"]*)"\]|([^.[\]]+)/g), ([, quoted, plain]) => quoted ?? plain ?? '');
}
