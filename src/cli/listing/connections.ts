import type { Connection } from '../../ipvs/index.ts';
import { endpointText } from '../../rules/format/wording.ts';
import type { ReverseResolver } from '../../rules/index.ts';

/** How to list connections, in ipvsadm's options. */
export interface ConnectionOptions {
  /** `--persistent-conn`: what a persistence engine knows as well. Default false. */
  readonly engines?: boolean | undefined;
  /** Names for addresses and ports. Default: none, as `-n`. */
  readonly names?: ReverseResolver | undefined;
}

const titles = ['state', 'source', 'virtual', 'destination'];
const widths = [11, 18, 18, 0];
/** With what a persistence engine knows. The titles of its columns do not stand above them, as in ipvsadm. */
const engineTitles = [...titles, 'pe name', 'pe_data'];
const engineTitleWidths = [11, 18, 18, 18, 16, 0];
const engineWidths = [11, 18, 18, 16, 18, 0];

/** Connections as `ipvsadm -Lc` prints them. */
export function formatConnections(connections: readonly Connection[], options: ConnectionOptions = {}): string {
  const title = options.engines ? row(engineTitles, engineTitleWidths) : row(titles, widths);
  const lines = connections.map((connection) => connectionRow(connection, options));
  return ['IPVS connection entries', `pro expire ${title}`, ...lines, ''].join('\n');
}

function connectionRow(connection: Connection, { engines, names }: ConnectionOptions): string {
  const { protocol, source, virtual, destination, state, expires, engine, engineData } = connection;
  const ends = [source, virtual, destination].map((end) => endpointText(end, protocol, names).slice(0, 59));
  const start = `${protocol.toUpperCase().padEnd(3)} ${clock(expires).padEnd(6)}`;
  if (engines && engine !== undefined && engineData !== undefined)
    return `${start} ${row([state, ...ends, engine, engineData], engineWidths)}`;
  return `${start} ${row([state, ...ends], widths)}`;
}

function clock(seconds: number): string {
  return [seconds / 60, seconds % 60].map((part) => String(Math.floor(part)).padStart(2, '0')).join(':');
}

function row(words: readonly string[], widths: readonly number[]): string {
  return words.map((word, i) => word.padEnd(widths[i] ?? 0)).join(' ');
}
