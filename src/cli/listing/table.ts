import type { Info, TableEntry } from '../../ipvs/index.ts';
import { sortTable } from '../../rules/index.ts';
import { destinationRow } from './destination.ts';
import type { ListOptions } from './options.ts';
import { serviceRow } from './service.ts';
import { titles } from './titles.ts';

/** The whole table as `ipvsadm -L` prints it. */
export function formatTable(info: Info, table: Iterable<TableEntry>, options: ListOptions = {}): string {
  const { version, connectionTableSize: size } = info;
  return `IP Virtual Server version ${version} (size=${size})\n${formatEntries(table, options)}`;
}

/** One service with its destinations as `ipvsadm -L -t …` prints it. */
export function formatEntry(entry: TableEntry, options: ListOptions = {}): string {
  return formatEntries([entry], options);
}

function formatEntries(table: Iterable<TableEntry>, options: ListOptions): string {
  const { form = 'plain', sort = true } = options;
  let text = titles[form];
  for (const { service, destinations } of sort ? sortTable(table) : table) {
    text += `${serviceRow(service, options)}\n`;
    for (const destination of destinations) text += `${destinationRow(destination, service, options)}\n`;
  }
  return text;
}
