import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Node as YamlNode } from 'yaml';
import { describeObject, type KubernetesObject, type Problem, parseObject } from '../../objects/index.ts';
import { Failure } from '../failure.ts';

/** A file's text, with the name to tell it by. */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
}

/** A problem with the place where it stands. */
export interface PlacedProblem {
  readonly problem: Problem;
  /** Undefined for what is in none of the files. */
  readonly place: Place | undefined;
}

/** A place in a file; line and column from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The objects of files. */
export interface ObjectFiles {
  readonly objects: readonly KubernetesObject[];
  /** What kept an object from being read at all. */
  readonly problems: readonly PlacedProblem[];
  /** How many objects are of other kinds. */
  readonly others: number;
  /** The place of a field of an object, or of the innermost part of its path that there is. */
  locate(problem: Problem): Place | undefined;
}

/** Gives the place of what a path such as `spec.ports[0].port` leads to. */
type Locate = (path: string) => Place;

/**
 * Reads the objects of YAML or JSON files: several documents, and lists as kubectl writes them. An object that is there twice
 * counts as it is there last.
 * @throws Failure for text that is neither
 */
export function readObjects(files: readonly SourceFile[]): ObjectFiles {
  const objects = new Map<string, { readonly object: KubernetesObject; readonly locate: Locate }>();
  const problems: PlacedProblem[] = [];
  let others = 0;
  for (const { raw, locate } of files.flatMap(itemsOf)) {
    const parsed = parseObject(raw);
    if (parsed?.object) objects.set(describeObject(parsed.object), { object: parsed.object, locate });
    else if (parsed) for (const problem of parsed.problems) problems.push({ problem, place: locate(problem.field) });
    else others++;
  }
  return {
    objects: [...objects.values()].map(({ object }) => object),
    problems,
    others,
    locate: ({ object, field }) => objects.get(describeObject(object))?.locate(field),
  };
}

interface Item {
  readonly raw: unknown;
  readonly locate: Locate;
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

/** A place as compilers write it, which editors can follow: `web.yaml:3:5`. */
export function describePlace({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}
