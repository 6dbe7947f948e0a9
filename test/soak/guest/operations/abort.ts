import type { Life } from '../life.ts';
import { writeUncertainly } from './uncertain.ts';

/** Aborts calls: before they are sent, or while they are answered. */
export async function abort(life: Life): Promise<void> {
  const soon = life.random.pick([queueMicrotask, setImmediate, (act: () => void) => void setTimeout(act, 1)] as const);
  await writeUncertainly(life, 'aborted', life.ipvs, (controller) =>
    soon(() => controller.abort(new Error('Aborted'))),
  );
}
