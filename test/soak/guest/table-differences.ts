import { isDeepStrictEqual } from 'node:util';
import { describeDestination, describeService, type TableEntry } from '../../../src/ipvs/index.ts';

export interface Difference {
  readonly kind: 'lost' | 'wrong';
  readonly text: string;
}

/** What is lost or wrong in a table, entry by entry. */
export function tableDifferences(table: readonly TableEntry[], wanted: readonly TableEntry[]): Difference[] {
  const [is, must] = [entriesOf(table), entriesOf(wanted)];
  return [...new Set([...is.keys(), ...must.keys()])].flatMap((name): Difference[] => {
    const [entry, expected] = [is.get(name), must.get(name)];
    if (isDeepStrictEqual(entry, expected)) return [];
    if (entry === undefined) return [{ kind: 'lost', text: `${name} is missing` }];
    if (expected === undefined) return [{ kind: 'wrong', text: `${name} must not be there` }];
    return [{ kind: 'wrong', text: `${name} is ${JSON.stringify(entry)}, not ${JSON.stringify(expected)}` }];
  });
}

function entriesOf(table: readonly TableEntry[]): Map<string, object> {
  return new Map(
    table.flatMap(({ service, destinations }): [string, object][] => [
      [describeService(service), withoutCounters(service)],
      ...destinations.map((each): [string, object] => [
        `${describeService(service)}, ${describeDestination(each)}`,
        withoutCounters(each),
      ]),
    ]),
  );
}

/** Without what is no setting, and is bigint in parts, which JSON does not know. */
function withoutCounters<T extends object>(entry: T): object {
  return Object.fromEntries(Object.entries(entry).filter(([name]) => name !== 'statistics'));
}
