import { Ipvs } from '../../ipvs/index.ts';
import { readProcNet } from '../../netlink/index.ts';
import type { Place } from './place.ts';
import type { Session } from './session.ts';

/** How to open a session. */
export interface SessionOptions {
  /** That nothing will be changed, so that a file of `--fake` is neither locked nor written. Default false. */
  readonly readOnly?: boolean | undefined;
}

/** Opens the IPVS of a place: this machine's, that of a network namespace, or one in memory. */
export async function openSession({ netns, fake }: Place, options: SessionOptions = {}): Promise<Session> {
  if (fake !== undefined) return (await import('./fake-session.ts')).openFakeSession(fake, options);
  const ipvs = await Ipvs.open({ netns });
  return { ipvs, connections: () => readProcNet('ip_vs_conn', netns), end: () => ipvs.close() };
}
