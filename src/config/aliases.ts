import { isAlias, isCollection, isNode, isPair, type Node } from 'yaml';

/** Values of a file with its aliases written out, at most: aliases of aliases grow without bounds. */
const MAX_VALUES = 10_000_000;

/** An alias that cannot be followed. */
export class AliasError extends Error {
  readonly node: Node;

  constructor(message: string, node: Node) {
    super(message);
    this.node = node;
  }
}

/** Throws AliasError for an alias without an anchor before it, and where there would be too many values. */
export function checkAliases(root: unknown): void {
  countValues(root, new Map());
}

/** How many values a node has, those of aliases counted each time; `counts` has those of the anchors before it. */
function countValues(node: unknown, counts: Map<string, number>): number {
  if (isAlias(node)) {
    const count = counts.get(node.source);
    if (count === undefined) throw new AliasError(`No anchor before the alias ${node.source}`, node);
    return count;
  }
  let count = 1;
  if (isPair(node)) count = countValues(node.key, counts) + countValues(node.value, counts);
  else if (isCollection(node)) for (const item of node.items) count += countValues(item, counts);
  if (!isNode(node)) return count;
  if (count > MAX_VALUES) throw new AliasError(`More than ${MAX_VALUES} values, with aliases written out`, node);
  const { anchor } = node as { anchor?: string };
  if (anchor !== undefined) counts.set(anchor, count);
  return count;
}
