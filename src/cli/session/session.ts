import type { Ipvs, TableEntry } from '../../ipvs/index.ts';
import { formatRules } from '../../rules/index.ts';

/** An IPVS to work with. */
export interface Session {
  readonly ipvs: Ipvs;
  /** Keeps what was done and lets go. */
  end(): Promise<void>;
}

/** How to open a session. */
export interface SessionOptions {
  /** That nothing will be changed, so that a file of `--fake` is neither locked nor written. Default false. */
  readonly readOnly?: boolean | undefined;
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
