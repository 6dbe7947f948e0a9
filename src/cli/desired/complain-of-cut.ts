import { describeDestination } from '../../ipvs/index.ts';
import type { Draining } from '../../reconcile/index.ts';
import { complain, type Io } from '../io.ts';

/** Says how many connections were ended with the servers that were removed at their deadline. */
export function complainOfCut(io: Pick<Io, 'stderr'>, cut: readonly Draining[]): void {
  for (const { destination, connections } of cut)
    complain(io, `${describeDestination(destination)} was removed with ${connections} connections`);
}
