import { Ipvs, type TableEntry } from '../ipvs/index.ts';
import { readProcNet } from '../netlink/index.ts';
import { formatRules, type ParsedCommand } from '../rules/index.ts';

/** An IPVS to work with. */
export interface Session {
  readonly ipvs: Ipvs;
  /** What /proc/net/ip_vs_conn says. */
  connections(): Promise<string>;
  /** Keeps what was done and lets go. */
  end(): Promise<void>;
}

/** Opens the IPVS that a command line speaks of: this machine's, that of a network namespace, or one in memory. */
export async function openSession({ given }: ParsedCommand): Promise<Session> {
  const file = given.get('fake')?.operand;
  if (file !== undefined) return (await import('./fake-session.ts')).openFakeSession(file);
  const netns = given.get('netns')?.operand;
  const ipvs = await Ipvs.open({ netns });
  return { ipvs, connections: () => readProcNet('ip_vs_conn', netns), end: () => ipvs.close() };
}

/** The whole table. */
export async function tableOf(ipvs: Ipvs): Promise<TableEntry[]> {
  const table: TableEntry[] = [];
  for await (const entry of ipvs.table()) table.push(entry);
  return table;
}

/** Everything that rules can say of an IPVS. */
export async function stateOf(ipvs: Ipvs): Promise<string> {
  const [table, timeouts, daemons] = await Promise.all([tableOf(ipvs), ipvs.timeouts(), ipvs.daemons()]);
  return formatRules(table, { lossless: true, timeouts, daemons });
}
