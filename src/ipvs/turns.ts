/** Lets those who change the same thing take turns: each reads what the one before has written. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs `action` when every earlier one of the same name has ended, well or not. */
  take<T>(name: string, action: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name);
    const turn = before ? before.then(action, action) : action();
    this.#last.set(name, turn);
    const leave = () => {
      if (this.#last.get(name) === turn) this.#last.delete(name);
    };
    turn.then(leave, leave);
    return turn;
  }
}
