import type { Progress } from '../../reconcile/index.ts';
import type { Output } from '../io.ts';

const WIDTH = 30;
/** Milliseconds of work before a bar is worth its place. */
const PATIENCE = 1000;
const CLEAR = '\r\u001b[2K';

/** Shows how far long work has come, in one line of a terminal; elsewhere nothing. */
export function progressBar(output: Output): { update(progress: Progress): void; end(): void } {
  const started = performance.now();
  let shown = false;
  return {
    update(progress) {
      if (!output.isTTY || performance.now() - started < PATIENCE) return;
      shown = true;
      output.write(CLEAR + barText(progress));
    },
    end() {
      if (shown) output.write(CLEAR);
    },
  };
}

/** `[#####-----] 3 of 6, 2 draining with 57 connections`. */
export function barText({ total, settled, draining }: Progress): string {
  const filled = total > 0 ? Math.round((WIDTH * settled) / total) : WIDTH;
  const connections = draining.reduce((sum, each) => sum + each.connections, 0);
  const waiting = draining.length > 0 ? `, ${draining.length} draining with ${connections} connections` : '';
  return `[${'#'.repeat(filled)}${'-'.repeat(WIDTH - filled)}] ${settled} of ${total}${waiting}`;
}
