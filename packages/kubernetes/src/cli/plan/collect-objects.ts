import { describeObject, type KubernetesObject, type Problem, parseObject } from '../../objects/index.ts';

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

/** Objects, wherever they come from. */
export interface FoundObjects {
  readonly objects: readonly KubernetesObject[];
  /** What kept an object from being read at all. */
  readonly problems: readonly PlacedProblem[];
  /** How many objects are of other kinds. */
  readonly others: number;
  /** The place of a field of an object, or of the innermost part of its path that there is; undefined outside of files. */
  locate(problem: Problem): Place | undefined;
}

/** An object as it came. */
export interface Item {
  readonly raw: unknown;
  /** Gives the place of what a path such as `spec.ports[0].port` leads to. */
  locate(path: string): Place | undefined;
}

/** Reads objects of the kinds that matter. One that is there twice counts as it is there last. */
export function collectObjects(items: Iterable<Item>): FoundObjects {
  const objects = new Map<string, { readonly object: KubernetesObject; readonly item: Item }>();
  const problems: PlacedProblem[] = [];
  let others = 0;
  for (const item of items) {
    const parsed = parseObject(item.raw);
    if (parsed?.object) objects.set(describeObject(parsed.object), { object: parsed.object, item });
    else if (parsed)
      for (const problem of parsed.problems) problems.push({ problem, place: item.locate(problem.field) });
    else others++;
  }
  return {
    objects: [...objects.values()].map(({ object }) => object),
    problems,
    others,
    locate: ({ object, field }) => objects.get(describeObject(object))?.item.locate(field),
  };
}

/** A place as compilers write it, which editors can follow: `web.yaml:3:5`. */
export function describePlace({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}
