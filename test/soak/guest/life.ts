import { isDeepStrictEqual } from 'node:util';
import { type Ipvs, jsonReplacer, type ServiceKey, type TableEntry } from '../../../src/ipvs/index.ts';
import { readTable } from '../../../src/reconcile/index.ts';
import { nameOf, sortedTable } from '../../support/ipvs/similar-tables.ts';
import type { Random } from '../../testing/random.ts';
import { tableDifferences } from './table-differences.ts';

/** The two controllers of a namespace, each of which has services of its own. */
export type Part = 'tcp and marks' | 'udp and sctp';

/** A controller: what it holds, and what must be there by what it was told. */
export class Life {
  readonly ipvs: Ipvs;
  readonly random: Random;
  /** What must be there of this controller's part. */
  table: TableEntry[] = [];
  /** Operations carried out and things seen, by name. */
  readonly counts: Record<string, number> = {};
  lost = 0;
  wrong = 0;
  /** The first of what was lost and wrong, in words. */
  readonly faults: string[] = [];
  readonly #part: Part;

  constructor(ipvs: Ipvs, random: Random, part: Part) {
    this.ipvs = ipvs;
    this.random = random;
    this.#part = part;
  }

  readonly owns = (service: ServiceKey): boolean =>
    /^(tcp|\d+) /.test(nameOf(service)) === (this.#part === 'tcp and marks');

  count(name: string, by = 1): void {
    this.counts[name] = (this.counts[name] ?? 0) + by;
  }

  fault(text: string, kind: 'lost' | 'wrong' = 'wrong'): void {
    this[kind]++;
    if (this.faults.length < 20) this.faults.push(`${kind}: ${text}`);
  }

  expect(what: string, value: unknown, wanted: unknown): void {
    if (!isDeepStrictEqual(value, wanted))
      this.fault(`${what}: ${JSON.stringify(value, jsonReplacer)} instead of ${JSON.stringify(wanted, jsonReplacer)}`);
  }

  /** This controller's part of the table as the kernel has it. */
  async read(): Promise<TableEntry[]> {
    return sortedTable(await readTable(this.ipvs, { scope: this.owns }));
  }

  /** Compares the kernel's table with the model, and goes on from what is there. */
  async check(after: string): Promise<void> {
    const table = await this.read();
    for (const { kind, text } of tableDifferences(table, sortedTable(this.table)))
      this.fault(`${after}: ${text}`, kind);
    this.table = table;
    this.count(
      'entries compared',
      table.length + table.reduce((sum, { destinations }) => sum + destinations.length, 0),
    );
  }

  /** Some service with destinations. */
  pickEntry(): TableEntry | undefined {
    const some = this.table.filter(({ destinations }) => destinations.length > 0);
    return some[this.random.below(some.length)];
  }
}
