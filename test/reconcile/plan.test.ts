import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  applyChange,
  type Change,
  type Destination,
  type DestinationSpec,
  InputError,
  Ipvs,
  type ServiceKey,
  type TableEntry,
} from '../../src/ipvs/index.ts';
import { plan, readTable, type TableEntrySpec } from '../../src/reconcile/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';
import { idle, plain, web, web6 } from '../contract/expected.ts';
import { applyToTable } from '../support/ipvs/apply-to-table.ts';
import { expectedDestination } from '../support/ipvs/arbitrary.ts';
import { expectedTable, nameOf, similarTables, sortedTable } from '../support/ipvs/similar-tables.ts';

const tables = similarTables('6.12');
const a = { address: '10.0.0.5', port: 80 };
const b = { address: '10.0.0.6', port: 80 };

function applyAll(table: readonly TableEntry[], changes: readonly Change[]): TableEntry[] {
  return changes.reduce(applyToTable, [...table]);
}

/** The name of the entry that a change is about. */
function entryOf(change: Change): string {
  if (!('service' in change) || !change.service) throw new Error(`${change.type} has no place in a plan`);
  const destination = 'destination' in change ? ` ${change.destination.address} ${change.destination.port}` : '';
  return `${nameOf(change.service)}${destination}`;
}

describe('a plan', () => {
  test('makes of any table any other, and is empty then', () => {
    fc.assert(
      fc.property(tables, ([before, after]) => {
        const current = expectedTable(before);
        const result = applyAll(current, plan(current, after));
        expect(sortedTable(result)).toEqual(expectedTable(after));
        expect(plan(result, after)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  test('makes of any table any other in a kernel, which then lists what was wanted', async () => {
    await fc.assert(
      fc.asyncProperty(tables, async ([before, after]) => {
        const ipvs = await Ipvs.open({ kernel: new FakeKernel() });
        for (const change of plan([], before)) await applyChange(ipvs, change);
        for (const change of plan(await readTable(ipvs), after)) await applyChange(ipvs, change);
        const table = await readTable(ipvs);
        expect(sortedTable(table)).toEqual(expectedTable(after));
        expect(plan(table, after)).toEqual([]);
        expect(plan(table, table)).toEqual([]);
        await ipvs.close();
      }),
      { numRuns: 30 },
    );
  });

  test('has one change for each entry that differs, and none for others', () => {
    fc.assert(
      fc.property(tables, ([before, after]) => {
        const current = expectedTable(before);
        const changed = plan(current, after).map(entryOf);
        expect(changed.toSorted()).toEqual(differences(current, expectedTable(after)).toSorted());
      }),
      { numRuns: 150 },
    );
  });

  test('leaves a service that has a destination of positive weight before and after with one all the time', () => {
    fc.assert(
      fc.property(tables, ([before, after]) => {
        let table = expectedTable(before);
        const serving = servingServices(table).filter((name) => servingServices(expectedTable(after)).includes(name));
        for (const change of plan(table, after)) {
          table = applyToTable(table, change);
          expect(servingServices(table)).toEqual(expect.arrayContaining(serving));
        }
      }),
      { numRuns: 150 },
    );
  });

  test('adds before it updates, updates before it takes from service, and removes at last', () => {
    const phase = ({ type, ...change }: Change): number => {
      if (type.startsWith('add')) return 0;
      if (type.startsWith('patch'))
        return 'patch' in change && 'weight' in change.patch && change.patch.weight === 0 ? 2 : 1;
      return type === 'removeDestination' ? 3 : 4;
    };
    fc.assert(
      fc.property(tables, ([before, after]) => {
        const phases = plan(expectedTable(before), after).map(phase);
        expect(phases).toEqual(phases.toSorted());
      }),
    );
  });

  test('that was interrupted anywhere is carried on with by the next one', () => {
    fc.assert(
      fc.property(tables, fc.nat(), ([before, after], interruption) => {
        const current = expectedTable(before);
        const changes = plan(current, after);
        const done = changes.slice(0, interruption % (changes.length + 1));
        const rest = plan(applyAll(current, done), after);
        expect(rest).toHaveLength(changes.length - done.length);
        expect(sortedTable(applyAll(applyAll(current, done), rest))).toEqual(expectedTable(after));
      }),
      { numRuns: 150 },
    );
  });

  test('leaves everything outside its scope as it is, and makes the scope as wanted', () => {
    const scope = { addresses: ['192.0.2.10', '2001:db8::/64'], marks: ['5-7' as const] };
    const inside = ({ service }: TableEntrySpec) => !nameOf(service).includes('192.0.2.11');
    fc.assert(
      fc.property(tables, ([before, after]) => {
        const current = expectedTable(before);
        const ours = after.filter(inside);
        const result = applyAll(current, plan(current, ours, { scope }));
        expect(result.filter((entry) => !inside(entry))).toEqual(current.filter((entry) => !inside(entry)));
        expect(sortedTable(result.filter(inside))).toEqual(expectedTable(ours));
      }),
    );
  });
});

describe('a plan in words', () => {
  const table = (...destinations: (DestinationSpec & Partial<Destination>)[]): TableEntry[] => [
    { service: { ...web, ...plain }, destinations: destinations.map(expectedDestination) },
  ];

  test('gives a destination that returns while it drains its weight back, and nothing else', () => {
    const current = table({ ...a, weight: 0, activeConnections: 2 }, b);
    expect(plan(current, [{ service: web, destinations: [a, b] }])).toEqual([
      { type: 'patchDestination', service: web, destination: a, patch: { weight: 1 } },
    ]);
  });

  test('patches only what differs, so that attributes unknown to it stay', () => {
    const wanted: TableEntrySpec[] = [
      { service: { ...web, scheduler: 'sh', flags: { 'sh-port': true } }, destinations: [{ ...a, upperThreshold: 9 }] },
    ];
    expect(plan(table(a), wanted)).toEqual([
      { type: 'patchService', service: web, patch: { scheduler: 'sh', flags: { 'sh-port': true } } },
      { type: 'patchDestination', service: web, destination: a, patch: { upperThreshold: 9 } },
    ]);
  });

  test('leaves what others own, but sets it where it adds', () => {
    const wanted = [
      {
        service: web,
        destinations: [
          { ...a, weight: 5 },
          { ...b, weight: 5 },
        ],
      },
    ];
    expect(plan(table({ ...a, weight: 0 }), wanted, { keep: ['weight'] })).toEqual([
      { type: 'addDestination', service: web, destination: { ...b, weight: 5 } },
    ]);
    const changed = [{ service: web, destinations: [{ ...a, weight: 5, upperThreshold: 9 }] }];
    expect(plan(table({ ...a, weight: 0 }), changed, { keep: ['weight'] })).toEqual([
      { type: 'patchDestination', service: web, destination: a, patch: { upperThreshold: 9 } },
    ]);
  });

  test('asks for each entry what others own of it', () => {
    const keep = (_: ServiceKey, destination?: object) => (destination ? ['weight' as const] : ['scheduler' as const]);
    const wanted = [{ service: { ...web, scheduler: 'rr' }, destinations: [{ ...a, weight: 5 }] }];
    expect(plan(table(a), wanted, { keep })).toEqual([]);
  });

  test('keeps the flags of a scheduler that is kept', () => {
    const current = [{ service: { ...web, ...plain, flags: { 'flag-2': true } }, destinations: [] }];
    const wanted = [
      { service: { ...web, scheduler: 'sh', flags: { 'sh-fallback': true, '#64': true } }, destinations: [] },
    ] as const;
    expect(plan(current, wanted, { keep: ['scheduler'] })).toEqual([
      { type: 'patchService', service: web, patch: { flags: { '#64': true } } },
    ]);
  });

  test('knows an entry however it is written', () => {
    const current: TableEntry[] = [
      { service: { ...web6, ...plain }, destinations: [{ ...idle, address: '2001:db8::20', port: 80 }] },
      { service: { fwmark: 7, family: 'inet', ...plain }, destinations: [] },
    ];
    const address = '2001:0DB8:0:0::10';
    const wanted: TableEntrySpec[] = [
      {
        service: { protocol: '#6', address, port: 80 },
        destinations: [{ address: '2001:db8:0::20', port: 80, forwarding: '#0' }],
      },
      { service: { fwmark: 7 }, destinations: [] },
    ];
    expect(plan(current, wanted)).toEqual([]);
  });

  test('takes an entry that a listing shows twice for one', () => {
    const [entry] = table(a, a);
    expect(plan([entry as TableEntry, entry as TableEntry], [{ service: web, destinations: [a] }])).toEqual([]);
  });

  test('can be written as JSON, also when what is wanted was read', () => {
    const changes = plan([], table(a));
    expect(JSON.parse(JSON.stringify(changes))).toEqual(changes);
  });

  test.each<[string, TableEntrySpec[], string]>([
    ['out of scope', [{ service: web6, destinations: [] }], 'desired[0].service must be in scope'],
    [
      'there twice',
      [
        { service: web, destinations: [] },
        { service: { ...web, protocol: '#6' }, destinations: [] },
      ],
      'desired[1].service must not be listed twice',
    ],
    [
      'with a destination twice',
      [{ service: web, destinations: [a, { ...a, weight: 2 }] }],
      'desired[0].destinations[1] must not be listed twice',
    ],
    [
      'with an invalid weight',
      [{ service: web, destinations: [a, { ...b, weight: -1 }] }],
      'desired[0].destinations[1].weight must be an integer',
    ],
    [
      'with an invalid port',
      [{ service: { ...web, port: -1 }, destinations: [] }],
      'desired[0].service.port must be an integer',
    ],
    [
      'misspelt',
      [{ service: web, destination: [] } as never],
      'desired[0].destination is unknown (did you mean destinations?)',
    ],
    ['without destinations', [{ service: web } as never], 'desired[0].destinations must be an array'],
  ])('refuses a wanted entry %s', (_, desired, message) => {
    const refusal = () => plan([], desired, { scope: { addresses: ['192.0.2.0/24'] } });
    expect(refusal).toThrow(InputError);
    expect(refusal).toThrow(message);
  });
});

/** The names of the entries in which two tables differ; a service that is gone stands for its destinations too. */
function differences(before: readonly TableEntry[], after: readonly TableEntry[]): string[] {
  const [old, wanted] = [byName(before), byName(after)];
  return [...new Set([...old.keys(), ...wanted.keys()])]
    .filter((name) => {
      const serviceName = name.split(' / ')[0] ?? '';
      if (name !== serviceName && old.has(name) && !wanted.has(serviceName)) return false;
      return !isDeepStrictEqual(structuredClone(old.get(name)), structuredClone(wanted.get(name)));
    })
    .map((name) => name.replace(' / ', ' '));
}

function byName(table: readonly TableEntry[]): Map<string, object> {
  return new Map(
    table.flatMap(({ service, destinations }) => [
      [nameOf(service), service] as [string, object],
      ...destinations.map((each): [string, object] => [`${nameOf(service)} / ${each.address} ${each.port}`, each]),
    ]),
  );
}

function servingServices(table: readonly TableEntry[]): string[] {
  return table
    .filter(({ destinations }) => destinations.some(({ weight }) => weight > 0))
    .map(({ service }) => nameOf(service));
}
