import type { Clock } from '../api/clock.ts';

/** Lets a loop sleep until something is to be done. */
export class Wake {
  #isCalled = false;
  #resolve: () => void = () => {};

  /** Ends the sleep, or the next one if there is none. */
  call(): void {
    this.#isCalled = true;
    this.#resolve();
  }

  /** Resolves when called, after so many milliseconds, or when the signal aborts. */
  async sleep(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
    if (!this.#isCalled && !signal.aborted)
      await new Promise<void>((resolve) => {
        const cancel = Number.isFinite(milliseconds) ? clock.after(milliseconds, resolve) : () => {};
        signal.addEventListener('abort', this.#end, { once: true });
        this.#resolve = () => {
          cancel();
          resolve();
        };
      });
    signal.removeEventListener('abort', this.#end);
    this.#isCalled = false;
  }

  readonly #end = () => this.#resolve();
}
