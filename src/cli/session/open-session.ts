import { Ipvs } from '../../ipvs/index.ts';
import type { Place } from './place.ts';
import type { Session, SessionOptions } from './session.ts';

/** Opens the IPVS of a place: this machine's, that of a network namespace, or one in memory. */
export async function openSession({ netns, fake }: Place, options: SessionOptions = {}): Promise<Session> {
  if (fake !== undefined) return (await import('./fake-session.ts')).openFakeSession(fake, options);
  const ipvs = await Ipvs.open({ netns });
  return { ipvs, end: () => ipvs.close() };
}
