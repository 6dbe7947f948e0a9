import { parseConnections, type ServiceKey, type TableEntry } from '../ipvs/index.ts';
import type { Line } from '../rules/index.ts';
import {
  addressesOf,
  addressesOfConnections,
  formatConnections,
  formatDaemons,
  formatEntry,
  formatTable,
  formatTimeouts,
  type ListOptions,
  resolveNames,
  toJson,
} from './listing/index.ts';
import { type Session, tableOf } from './session.ts';

/** In order of precedence, where several are given. */
const forms = ['stats', 'rate', 'thresholds', 'persistent-conn', 'tun-info'] as const;

/** What `--list` prints. */
export function list(line: Line, key: ServiceKey | undefined, session: Session): Promise<string> {
  if (line.given.has('connection')) return listConnections(line, session);
  if (line.given.has('timeout')) return listTimeouts(line, session);
  if (line.given.has('daemon')) return listDaemons(line, session);
  return key ? listEntry(line, key, session) : listTable(line, session);
}

async function listConnections({ given }: Line, { connections }: Session): Promise<string> {
  const text = await connections();
  if (given.has('json')) return toJson(parseConnections(text));
  const names = given.has('numeric') ? undefined : await resolveNames(addressesOfConnections(text));
  return formatConnections(text, { engines: given.has('persistent-conn'), names });
}

async function listTimeouts({ given }: Line, { ipvs }: Session): Promise<string> {
  const timeouts = await ipvs.timeouts();
  return given.has('json') ? toJson(timeouts) : formatTimeouts(timeouts);
}

async function listDaemons({ given }: Line, { ipvs }: Session): Promise<string> {
  const daemons = await ipvs.daemons();
  return given.has('json') ? toJson(daemons) : formatDaemons(daemons);
}

async function listEntry(line: Line, key: ServiceKey, { ipvs }: Session): Promise<string> {
  const [service, destinations] = await Promise.all([ipvs.service(key), ipvs.destinations(key)]);
  const entry = { service, destinations } as TableEntry; // where there is no service, its destinations are refused
  return line.given.has('json') ? toJson(entry) : formatEntry(entry, await optionsOf(line, [entry]));
}

async function listTable(line: Line, { ipvs }: Session): Promise<string> {
  const [info, table] = await Promise.all([ipvs.info(), tableOf(ipvs)]);
  return line.given.has('json') ? toJson(table) : formatTable(info, table, await optionsOf(line, table));
}

async function optionsOf({ given }: Line, table: readonly TableEntry[]): Promise<ListOptions> {
  return {
    form: forms.find((form) => given.has(form)),
    exact: given.has('exact'),
    sort: !given.has('nosort'),
    names: given.has('numeric') ? undefined : await resolveNames(addressesOf(table)),
  };
}
