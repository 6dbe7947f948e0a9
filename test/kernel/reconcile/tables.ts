import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyChange, Ipvs, type IpvsClient, type ServiceKey } from '../../../src/ipvs/index.ts';
import { linuxKernel, record } from '../../../src/netlink/index.ts';
import { parseRecording } from '../../../src/netlink/transport/recording.ts';
import { plan, readTable, reconcile, type TableEntrySpec } from '../../../src/reconcile/index.ts';
import { expectedTable, nameOf, similarTables, sortedTable } from '../../support/ipvs/similar-tables.ts';
import { wrapClient } from '../../support/ipvs/wrap-client.ts';
import { enterFreshNamespace } from '../../support/linux/namespace.ts';
import { realKernel } from '../bed.ts';

const TABLES = 10;

const scope = { protocols: ['tcp' as const], marks: [7] };
const inside = ({ service }: TableEntrySpec) => /^(tcp|7) /.test(nameOf(service));

export function tableTests(): void {
  describe('a wanted table', () => {
    test('comes of any other by its plan; what is out of scope stays byte for byte', async () => {
      await forSimilarTables(async (ipvs, before, after) => {
        const foreign = before.filter((entry) => !inside(entry)).map(({ service }) => service);
        const bytes = await bytesOf(foreign);
        const desired = after.filter(inside);
        expect(await reconcile(ipvs, desired, { scope })).toMatchObject({ remaining: [] });
        const table = sortedTable(await readTable(ipvs));
        expect(table.filter(inside)).toEqual(expectedTable(desired));
        expect(table.filter((entry) => !inside(entry))).toHaveLength(foreign.length);
        expect(await bytesOf(foreign)).toEqual(bytes);
        expect((await reconcile(ipvs, desired, { scope })).done).toEqual([]);
      });
    });

    test('keeps services serving after each change, and comes of what an interruption left', async () => {
      await forSimilarTables(async (ipvs, before, after, random) => {
        const changes = plan(await readTable(ipvs), after);
        const serving = after.filter((entry) => serves(entry) && before.some((each) => sameServing(each, entry)));
        for (const change of changes.slice(0, random % (changes.length + 1))) {
          await applyChange(ipvs, change);
          for (const { service } of serving)
            expect({ service, destinations: await ipvs.destinations(service) }).toSatisfy(serves);
        }
        // What is left takes at least the reading of the services and of one.
        const interrupted = reconcile(endingAfter(ipvs, (random >>> 8) % 10), after);
        await interrupted.catch((error) => expect(error).toBe(ENDED));
        expect(await reconcile(ipvs, after)).toMatchObject({ remaining: [] });
        expect(sortedTable(await readTable(ipvs))).toEqual(expectedTable(after));
      });
    });
  });
}

/** Runs a check on pairs of tables, the first of which is written, each with a random number. */
async function forSimilarTables(
  check: (ipvs: Ipvs, before: TableEntrySpec[], after: TableEntrySpec[], random: number) => Promise<void>,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(similarTables(realKernel.kernel), fc.nat(), async ([before, after], random) => {
      enterFreshNamespace();
      await using ipvs = await Ipvs.open();
      for (const change of plan([], before)) await applyChange(ipvs, change);
      await check(ipvs, before, after, random);
    }),
    { numRuns: TABLES },
  );
}

function serves({ destinations }: TableEntrySpec): boolean {
  return destinations.some(({ weight = 1 }) => weight > 0);
}

function sameServing(a: TableEntrySpec, b: TableEntrySpec): boolean {
  return nameOf(a.service) === nameOf(b.service) && serves(a);
}

const ENDED = new Error('The process has ended');

/** A client whose process ends after so many calls, with whatever is under way. */
function endingAfter(ipvs: Ipvs, calls: number): IpvsClient {
  let left = calls;
  const names = ['services', 'service', 'destinations', 'addService', 'patchService', 'removeService'] as const;
  const more = ['addDestination', 'patchDestination', 'removeDestination'] as const;
  const ending = [...names, ...more].map((name) => {
    const call = async (...parameters: unknown[]) => {
      if (left-- <= 0) throw ENDED;
      return Reflect.apply(Reflect.get(ipvs, name), ipvs, parameters);
    };
    return [name, call];
  });
  return wrapClient(ipvs, Object.fromEntries(ending));
}

const NETLINK_HEADER = 16;

/** What the kernel answers of services and their destinations, but for the headers, which number the messages. */
async function bytesOf(services: readonly ServiceKey[]): Promise<string[]> {
  const lines: string[] = [];
  const ipvs = await Ipvs.open({ kernel: record(linuxKernel(), (line) => lines.push(line)) });
  lines.length = 0;
  for (const service of services) {
    await ipvs.service(service);
    await ipvs.destinations(service);
  }
  await ipvs.close();
  return parseRecording(lines.join('\n')).exchanges.flatMap(({ replies }) => replies.flatMap(payloadsOf));
}

function payloadsOf(datagram: Uint8Array): string[] {
  const payloads: string[] = [];
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  for (let at = 0; at < datagram.length; ) {
    const length = view.getUint32(at, true);
    payloads.push(Buffer.from(datagram.subarray(at + NETLINK_HEADER, at + length)).toString('hex'));
    at += (length + 3) & ~3;
  }
  return payloads;
}
