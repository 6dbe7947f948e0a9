import { Ipvs } from '../ipvs/index.ts';
import { readProcNet } from '../netlink/index.ts';
import type { ParsedCommand } from '../rules/index.ts';
import type { Session } from './session.ts';

/** Opens the IPVS that a command line speaks of: this machine's, that of a network namespace, or one in memory. */
export async function openSession({ given }: ParsedCommand): Promise<Session> {
  const file = given.get('fake')?.operand;
  if (file !== undefined) return (await import('./fake-session.ts')).openFakeSession(file);
  const netns = given.get('netns')?.operand;
  const ipvs = await Ipvs.open({ netns });
  return { ipvs, connections: () => readProcNet('ip_vs_conn', netns), end: () => ipvs.close() };
}
