import { setImmediate } from 'node:timers/promises';

/**
 * Waits until a condition holds, turn by turn of the event loop. Fails after 20 seconds, which are for a hung test and not for
 * a busy machine.
 * @param step called before each look, such as to move a clock
 */
export async function eventually(what: string, holds: () => boolean, step: () => void = () => {}): Promise<void> {
  const end = performance.now() + 20_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`Not within 20 seconds: ${what}`);
    step();
    await setImmediate();
  }
}
