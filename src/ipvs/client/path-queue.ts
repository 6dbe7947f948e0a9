import type { AbortSignalLike } from '../../linux/abort-signal.ts';
import { untilAborted } from './until-aborted.ts';

/** Names from the root of a tree to one of its nodes; the root itself is `[]`. */
export type Path = readonly (string | number)[];

/** A place in the queue. */
interface Turn {
  readonly node: Node;
  /** Settles when every earlier overlapping turn has ended; undefined when there was none. */
  ready: Promise<void> | undefined;
  /** How many earlier turns it still waits for. */
  waitsFor: number;
  begin: () => void;
  /** The turns that wait for this one. */
  readonly followers: Turn[];
}

interface Node {
  readonly parent: Node | undefined;
  readonly name: string | number;
  /** The last turn at this node that has not ended. Turns further down the tree came after it. */
  last: Turn | undefined;
  readonly children: Map<string | number, Node>;
}

/**
 * Runs work on the nodes of a tree. Work whose paths overlap, one being the other's beginning, starts in the order of the
 * calls; everything else does not wait.
 */
export class PathQueue {
  readonly #root = node(undefined, '');
  #turns = 0;

  /** Whether nothing holds or waits for a turn, so that nothing new would have to wait. */
  get idle(): boolean {
    return this.#turns === 0;
  }

  /** Runs work that must be alone: what overlaps and comes later starts when it has settled. */
  async hold<T>(path: Path, signal: AbortSignalLike | undefined, work: () => Promise<T>): Promise<T> {
    const turn = this.#enter(path);
    if (turn.ready) await this.#wait(turn, turn.ready, signal);
    try {
      return await work();
    } finally {
      this.#end(turn);
    }
  }

  /** Runs work that must only be started in order: what overlaps and comes later starts as soon as it has started. */
  async pass<T>(path: Path, signal: AbortSignalLike | undefined, work: () => Promise<T>): Promise<T> {
    const turn = this.#enter(path);
    if (turn.ready) await this.#wait(turn, turn.ready, signal);
    let started: Promise<T>;
    try {
      started = work();
    } finally {
      this.#end(turn);
    }
    return await started;
  }

  async #wait(turn: Turn, ready: Promise<void>, signal: AbortSignalLike | undefined): Promise<void> {
    try {
      await untilAborted(ready, signal);
    } catch (reason) {
      // Those behind it still wait for those before it.
      ready.then(() => this.#end(turn));
      throw reason;
    }
  }

  #enter(path: Path): Turn {
    let at = this.#root;
    let above = at.last;
    for (const name of path) {
      at = child(at, name);
      above = at.last ?? above;
    }
    const below = lastTurns(at);
    at.children.clear();
    const before = below.length > 0 ? below : above ? [above] : [];
    const turn: Turn = { node: at, ready: undefined, waitsFor: before.length, begin: () => {}, followers: [] };
    for (const each of before) each.followers.push(turn);
    if (before.length > 0)
      turn.ready = new Promise((resolve) => {
        turn.begin = resolve;
      });
    at.last = turn;
    this.#turns++;
    return turn;
  }

  #end(turn: Turn): void {
    this.#turns--;
    if (turn.node.last === turn) turn.node.last = undefined;
    prune(turn.node);
    for (const each of turn.followers) if (--each.waitsFor === 0) each.begin();
  }
}

function node(parent: Node | undefined, name: string | number): Node {
  return { parent, name, last: undefined, children: new Map() };
}

function child(parent: Node, name: string | number): Node {
  let found = parent.children.get(name);
  if (!found) {
    found = node(parent, name);
    parent.children.set(name, found);
  }
  return found;
}

/** The turns below a node that nothing there waits for yet. */
function lastTurns(at: Node): Turn[] {
  return [...at.children.values()].flatMap((each) => {
    const below = lastTurns(each);
    return below.length === 0 && each.last ? [each.last] : below;
  });
}

/** Removes a node that nothing is left at, and those above it likewise. */
function prune(at: Node): void {
  for (let each = at; !each.last && each.children.size === 0 && each.parent; each = each.parent) {
    if (each.parent.children.get(each.name) !== each) return;
    each.parent.children.delete(each.name);
  }
}
