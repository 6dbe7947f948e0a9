import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { daemonRows, timeoutsRow } from '../../src/cli/listing/index.ts';
import { type Daemon, Ipvs } from '../../src/ipvs/index.ts';
import { formatRules } from '../../src/rules/index.ts';
import { sorted } from '../contract/expected.ts';
import { arbitraryDaemon, arbitraryTimeouts, expectedDestination, expectedService } from '../support/ipvs/arbitrary.ts';
import { arbitraryTable, type Entry, writeTable } from '../support/ipvs/table.ts';
import { ipvsadm, savedByIpvsadm } from '../support/ipvsadm/ipvsadm.ts';
import { enterFreshNamespace } from '../support/linux/namespace.ts';
import { realKernel } from './bed.ts';

const TABLES = 10;
const SERVICES = 20;
const DAEMONS = 10;

export function randomTests(): void {
  describe('random tables', () => {
    test('are read as they were written, and ipvsadm prints them alike, patched ones included', async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryTable(realKernel.kernel, SERVICES), async (entries) => {
          enterFreshNamespace();
          const ipvs = await Ipvs.open();
          try {
            await writeTable(ipvs, entries);
            await check(ipvs, entries);
            await check(ipvs, await patch(ipvs, entries));
          } finally {
            await ipvs.close();
          }
        }),
        { numRuns: TABLES },
      );
    });
  });

  describe('random settings', () => {
    test('are read as they were written, and ipvsadm prints them alike', async () => {
      enterFreshNamespace();
      const ipvs = await Ipvs.open();
      await fc.assert(
        fc.asyncProperty(arbitraryDaemon, arbitraryTimeouts, async (daemon, timeouts) => {
          await ipvs.startDaemon(daemon);
          await ipvs.setTimeouts(timeouts);
          expect(await ipvs.daemons()).toEqual([daemon]);
          expect(await ipvs.timeouts()).toEqual(timeouts);
          expect(ipvsadm(['-L', '--daemon'])).toBe(daemonRows([daemon as Daemon]));
          expect(ipvsadm(['-L', '--timeout'])).toBe(timeoutsRow(timeouts));
          await ipvs.stopDaemon(daemon.state);
        }),
        { numRuns: DAEMONS },
      );
      await ipvs.close();
    });
  });
}

/** Changes one thing of every entry, all at once, and returns what must come of it: everything else as it was. */
async function patch(ipvs: Ipvs, entries: readonly Entry[]): Promise<Entry[]> {
  await Promise.all(
    entries.flatMap(([service, destinations]) => [
      ipvs.patchService(service, service.persistence ? { persistence: { timeout: 99 } } : { flags: { '#64': false } }),
      ...destinations.map((destination) => ipvs.patchDestination(service, destination, { weight: 9 })),
    ]),
  );
  return entries.map(([service, destinations]) => [
    service.persistence ? { ...service, persistence: { ...service.persistence, timeout: 99 } } : service,
    destinations.map((destination) => ({ ...destination, weight: 9 })),
  ]);
}

async function check(ipvs: Ipvs, entries: readonly Entry[]): Promise<void> {
  expect(sorted(await ipvs.services())).toEqual(sorted(entries.map(([service]) => expectedService(service))));
  for (const [service, destinations] of entries)
    expect(await ipvs.destinations(service)).toEqual(destinations.map(expectedDestination).reverse());
  const table = entries.map(([service, destinations]) => ({
    service: expectedService(service),
    destinations: destinations.map(expectedDestination),
  }));
  expect(savedByIpvsadm()).toEqual(formatRules(table).trim().split('\n').filter(Boolean).sort());
}
