import type { Life } from '../life.ts';
import { abort } from './abort.ts';
import { apply } from './apply.ts';
import { change } from './change.ts';
import { drained } from './drained.ts';
import { list } from './list.ts';
import { overrun } from './overrun.ts';
import { patch } from './patch.ts';
import { watched } from './watched.ts';

/** Something that a controller does; what it told the kernel is in its model afterwards. */
export type Operation = (life: Life) => Promise<void>;

/** What a controller does, and how often beside the others. */
export const operations: Readonly<Record<string, { readonly run: Operation; readonly weight: number }>> = {
  apply: { run: apply, weight: 4 },
  change: { run: change, weight: 8 },
  patch: { run: patch, weight: 6 },
  list: { run: list, weight: 6 },
  watch: { run: watched, weight: 2 },
  drain: { run: drained, weight: 1 },
  abort: { run: abort, weight: 4 },
  overrun: { run: overrun, weight: 2 },
};
