import { describeDestination, describeService, type Statistics, type TableEntry } from '../../ipvs/index.ts';
import { type Column, columns, compact, type Entry } from './columns.ts';

/** From how many columns on everything is shown. */
const WIDE = 110;

/** A forwarding method, `direct-route`, is longer than any scheduler. */
const MANNER = 12;

/** What there is to see, and how it is looked at. */
export interface View {
  readonly totals: Statistics;
  readonly table: readonly TableEntry[];
  /** Why the table cannot be read; what was read before is shown. */
  readonly problem?: string | undefined;
  /** The column that is sorted by, the largest first. */
  readonly sortBy: Column;
  readonly ascending: boolean;
  /** Services are shown if they or one of their destinations have this in their name, and of those the destinations. */
  readonly filter: string;
  /** Whether a filter is being typed. */
  readonly typing: boolean;
  /** Rows that were scrolled past. */
  readonly offset: number;
}

/** A line, and how it stands out. */
export interface Line {
  readonly text: string;
  readonly style?: 'title' | 'service' | 'problem' | undefined;
}

/** The columns that there is room for. */
export function shownColumns(width: number): readonly Column[] {
  return width >= WIDE ? columns : columns.filter(({ wide }) => !wide);
}

/** As many lines as the terminal has, none longer than it is wide. */
export function renderView(view: View, { columns: width, rows: height }: { columns: number; rows: number }): Line[] {
  const shown = shownColumns(width);
  const body = bodyLines(view, shown, width);
  const room = Math.max(0, height - 3);
  // The table may have become shorter since it was scrolled.
  const first = Math.min(view.offset, Math.max(0, body.length - room));
  const visible = body.slice(first, first + room);
  const lines: Line[] = [
    view.problem === undefined ? { text: totalsText(view) } : { text: view.problem, style: 'problem' },
    { text: titleText(view, shown, width), style: 'title' },
    ...visible,
    ...Array.from({ length: room - visible.length }, () => ({ text: '' })),
    { text: footText(view) },
  ];
  return lines.slice(0, height).map((line) => ({ ...line, text: line.text.slice(0, width) }));
}

/** How far there is to scroll. */
export function lastOffset(view: View, height: number): number {
  const rows = chosen(view).reduce((sum, { destinations }) => sum + 1 + destinations.length, 0);
  return Math.max(0, rows - Math.max(1, height - 3));
}

function totalsText({ totals, table }: View): string {
  const destinations = table.reduce((sum, entry) => sum + entry.destinations.length, 0);
  const { connectionsPerSecond, incomingBytesPerSecond, outgoingBytesPerSecond } = totals;
  return (
    `${table.length} services, ${destinations} destinations; in all ${compact(connectionsPerSecond)} connections/s, ` +
    `${compact(incomingBytesPerSecond)} B/s in, ${compact(outgoingBytesPerSecond)} B/s out`
  );
}

function titleText({ sortBy, ascending }: View, shown: readonly Column[], width: number): string {
  const titles = shown.map((column) => {
    const mark = column === sortBy ? (ascending ? '+' : '-') : '';
    return `${mark}${column.title}`.padStart(column.width + 1);
  });
  return ['SERVICE'.padEnd(nameWidth(shown, width)), ' MANNER'.padEnd(MANNER + 1), ...titles].join('');
}

function footText({ filter, typing }: View): string {
  if (typing) return `filter: ${filter}_   Enter: keep, Escape: drop`;
  const filtered = filter ? `  showing '${filter}'` : '';
  return `q quit  < > sort  r reverse  / filter  arrows scroll${filtered}`;
}

function bodyLines(view: View, shown: readonly Column[], width: number): Line[] {
  const names = nameWidth(shown, width);
  const text = (entry: Entry, indent: string) => {
    const numbers = shown.map((column) => compact(column.value(entry)).padStart(column.width + 1));
    const name = `${indent}${entry.name}`.slice(0, names).padEnd(names);
    return [name, ` ${entry.manner.slice(0, MANNER)}`.padEnd(MANNER + 1), ...numbers].join('');
  };
  return chosen(view).flatMap(({ service, destinations }) => [
    { text: text(service, ''), style: 'service' as const },
    ...destinations.map((destination) => ({ text: text(destination, '  ') })),
  ]);
}

function nameWidth(shown: readonly Column[], width: number): number {
  const numbers = shown.reduce((sum, column) => sum + column.width + 1, 0);
  return Math.max(10, width - numbers - MANNER - 1);
}

interface Chosen {
  readonly service: Entry;
  readonly destinations: readonly Entry[];
}

/** What passes the filter, in order. */
function chosen({ table, filter, sortBy, ascending }: View): Chosen[] {
  const all = table.map(({ service, destinations }): Chosen => {
    const entries = destinations.map(
      (destination): Entry => ({
        name: describeDestination(destination),
        manner: typeof destination.forwarding === 'string' ? destination.forwarding : destination.forwarding.tunnel,
        weight: destination.weight,
        active: destination.activeConnections,
        inactive: destination.inactiveConnections,
        statistics: destination.statistics,
      }),
    );
    return {
      service: {
        name: describeService(service),
        manner: service.scheduler,
        active: entries.reduce((sum, { active }) => sum + active, 0),
        inactive: entries.reduce((sum, { inactive }) => sum + inactive, 0),
        statistics: service.statistics,
      },
      destinations: entries,
    };
  });
  const has = ({ name }: Entry) => name.includes(filter);
  const order = (a: Entry, b: Entry) => {
    const difference = (sortBy.value(b) ?? 0) - (sortBy.value(a) ?? 0);
    return (ascending ? -difference : difference) || (a.name < b.name ? -1 : 1);
  };
  return all
    .flatMap(({ service, destinations }) => {
      const left = has(service) ? destinations : destinations.filter(has);
      return has(service) || left.length > 0 ? { service, destinations: left.toSorted(order) } : [];
    })
    .sort((a, b) => order(a.service, b.service));
}
