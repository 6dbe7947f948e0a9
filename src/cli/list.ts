import type { Connection, ServiceKey, TableEntry } from '../ipvs/index.ts';
import type { ParsedCommand } from '../rules/command-line/parse-command.ts';
import {
  addressesOf,
  addressesOfConnections,
  daemonRows,
  formatConnections,
  formatEntry,
  formatTable,
  type ListOptions,
  resolveNames,
  timeoutsRow,
  toJson,
} from './listing/index.ts';
import { type Session, tableOf } from './session/session.ts';

/** In order of precedence, where several are given. */
const forms = ['stats', 'rate', 'thresholds', 'persistent-conn', 'tun-info'] as const;

/** What `--list` prints. */
export function list(line: ParsedCommand, key: ServiceKey | undefined, session: Session): Promise<string> {
  if (line.given.has('connection')) return listConnections(line, session);
  if (line.given.has('timeout')) return listTimeouts(line, session);
  if (line.given.has('daemon')) return listDaemons(line, session);
  return key ? listEntry(line, key, session) : listTable(line, session);
}

async function listConnections({ given }: ParsedCommand, { ipvs }: Session): Promise<string> {
  const connections: Connection[] = [];
  for await (const connection of ipvs.connections()) connections.push(connection);
  if (given.has('json')) return toJson(connections);
  const names = given.has('numeric') ? undefined : await resolveNames(addressesOfConnections(connections));
  return formatConnections(connections, { engines: given.has('persistent-conn'), names });
}

async function listTimeouts({ given }: ParsedCommand, { ipvs }: Session): Promise<string> {
  const timeouts = await ipvs.timeouts();
  return given.has('json') ? toJson(timeouts) : timeoutsRow(timeouts);
}

async function listDaemons({ given }: ParsedCommand, { ipvs }: Session): Promise<string> {
  const daemons = await ipvs.daemons();
  return given.has('json') ? toJson(daemons) : daemonRows(daemons);
}

async function listEntry(line: ParsedCommand, key: ServiceKey, { ipvs }: Session): Promise<string> {
  const [service, destinations] = await Promise.all([ipvs.service(key), ipvs.destinations(key)]);
  const entry = { service, destinations } as TableEntry; // where there is no service, its destinations are refused
  return line.given.has('json') ? toJson(entry) : formatEntry(entry, await optionsOf(line, [entry]));
}

async function listTable(line: ParsedCommand, { ipvs }: Session): Promise<string> {
  const [info, table] = await Promise.all([ipvs.info(), tableOf(ipvs)]);
  return line.given.has('json') ? toJson(table) : formatTable(info, table, await optionsOf(line, table));
}

async function optionsOf({ given }: ParsedCommand, table: readonly TableEntry[]): Promise<ListOptions> {
  return {
    form: forms.find((form) => given.has(form)),
    exact: given.has('exact'),
    sort: !given.has('nosort'),
    names: given.has('numeric') ? undefined : await resolveNames(addressesOf(table)),
  };
}
