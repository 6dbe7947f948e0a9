import type { AbortSignalLike } from '../../linux/abort-signal.ts';
import { untilAborted } from './until-aborted.ts';

/** Names from the root of a tree to one of its nodes; the root itself is `[]`. */
export type Path = readonly (string | number)[];

/**
 * A place in the queue. Turns and nodes are classes because thousands may be alive at once: literals that often outlive a
 * minor collection V8 comes to make in the old space, where only a major one finds that they are garbage.
 */
export class Turn {
  readonly node: Node;
  /** Settles when every earlier overlapping turn has ended; undefined when there was none. */
  ready: Promise<void> | undefined = undefined;
  /** How many earlier turns it still waits for. */
  waitsFor = 0;
  begin: (() => void) | undefined = undefined;
  /** The turns that wait for this one, if any. */
  followers: Turn[] | undefined = undefined;

  constructor(node: Node) {
    this.node = node;
  }
}

class Node {
  readonly parent: Node | undefined;
  readonly name: string | number;
  /** The last turn at this node that has not ended. Turns further down the tree came after it. */
  last: Turn | undefined = undefined;
  /** Made when the first comes: most nodes are leaves. */
  children: Map<string | number, Node> | undefined = undefined;

  constructor(parent: Node | undefined, name: string | number) {
    this.parent = parent;
    this.name = name;
  }
}

/**
 * Runs work on the nodes of a tree. Work whose paths overlap, one being the other's beginning, starts in the order of the
 * calls; everything else does not wait.
 */
export class PathQueue {
  #root = new Node(undefined, '');
  #turns = 0;

  /** Whether nothing holds or waits for a turn, so that nothing new would have to wait. */
  get idle(): boolean {
    return this.#turns === 0;
  }

  /** Runs work that must be alone: what overlaps and comes later starts when it has settled. */
  async hold<T>(path: Path, signal: AbortSignalLike | undefined, work: () => Promise<T>): Promise<T> {
    const turn = this.enter(path);
    if (turn.ready) await this.wait(turn, turn.ready, signal);
    try {
      return await work();
    } finally {
      this.end(turn);
    }
  }

  /** Runs work that must only be started in order: what overlaps and comes later starts as soon as it has started. */
  async pass<T>(path: Path, signal: AbortSignalLike | undefined, work: () => Promise<T>): Promise<T> {
    const turn = this.enter(path);
    if (turn.ready) await this.wait(turn, turn.ready, signal);
    let started: Promise<T>;
    try {
      started = work();
    } finally {
      this.end(turn);
    }
    return await started;
  }

  /** Waits until a turn begins. If the signal aborts first, rejects, and the turn ends by itself. */
  async wait(turn: Turn, ready: Promise<void>, signal: AbortSignalLike | undefined): Promise<void> {
    try {
      await untilAborted(ready, signal);
    } catch (reason) {
      // Those behind it still wait for those before it.
      ready.then(() => this.end(turn));
      throw reason;
    }
  }

  /** Takes a place in the queue, which must be given up by {@link end}. */
  enter(path: Path): Turn {
    let at = this.#root;
    let above = at.last;
    for (const name of path) {
      at = child(at, name);
      above = at.last ?? above;
    }
    const turn = new Turn(at);
    const below = at.children ? lastTurns(at.children) : [];
    at.children = undefined;
    if (below.length > 0) follow(turn, below);
    else if (above) follow(turn, [above]);
    at.last = turn;
    this.#turns++;
    return turn;
  }

  /** Ends a turn; those who waited for it alone begin. */
  end(turn: Turn): void {
    if (turn.node.last === turn) turn.node.last = undefined;
    // A Map that lives on keeps what it held until a major collection: tables that it outgrew refer to their successors.
    if (--this.#turns === 0) this.#root = new Node(undefined, '');
    else prune(turn.node);
    for (const each of turn.followers ?? []) if (--each.waitsFor === 0) each.begin?.();
  }
}

/** Has a turn wait for others. */
function follow(turn: Turn, before: readonly Turn[]): void {
  turn.waitsFor = before.length;
  turn.ready = new Promise((resolve) => {
    turn.begin = resolve;
  });
  for (const each of before) {
    each.followers ??= [];
    each.followers.push(turn);
  }
}

function child(parent: Node, name: string | number): Node {
  parent.children ??= new Map();
  let found = parent.children.get(name);
  if (!found) {
    found = new Node(parent, name);
    parent.children.set(name, found);
  }
  return found;
}

/** The turns at some nodes and below them that nothing there waits for yet. */
function lastTurns(nodes: ReadonlyMap<string | number, Node>): Turn[] {
  return [...nodes.values()].flatMap(({ last, children }) => {
    const below = children ? lastTurns(children) : [];
    return below.length === 0 && last ? [last] : below;
  });
}

/** Removes a node that nothing is left at, and those above it likewise. */
function prune(at: Node): void {
  for (let each = at; !each.last && !each.children?.size && each.parent; each = each.parent) {
    const siblings = each.parent.children;
    if (siblings?.get(each.name) !== each) return;
    siblings.delete(each.name);
  }
}
