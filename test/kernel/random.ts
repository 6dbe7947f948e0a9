import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DaemonSpec, type DestinationSpec, Ipvs, type ServiceSpec } from '../../src/ipvs/index.ts';
import { sorted } from '../contract/expected.ts';
import {
  arbitraryDaemon,
  arbitraryDestinations,
  arbitraryService,
  arbitraryTimeouts,
  expectedDestination,
  expectedService,
} from '../support/arbitrary.ts';
import { ipvsadm, savedByIpvsadm } from '../support/ipvsadm.ts';
import { enterFreshNamespace } from '../support/namespace.ts';
import { saved } from '../support/saved.ts';
import { realKernel } from './bed.ts';

const TABLES = 10;
const SERVICES = 20;
const DAEMONS = 10;

type Entry = [service: ServiceSpec, destinations: DestinationSpec[]];

export function randomTests(): void {
  describe('random tables', () => {
    const entry: fc.Arbitrary<Entry> = arbitraryService(realKernel.kernel).chain((service) =>
      fc.tuple(fc.constant(service), arbitraryDestinations(service)),
    );
    const table = fc.uniqueArray(entry, { maxLength: SERVICES, selector: ([service]) => keyOf(service) });

    test('are read as they were written, and printed so by ipvsadm, also when they were patched', async () => {
      await fc.assert(
        fc.asyncProperty(table, async (entries) => {
          enterFreshNamespace();
          const ipvs = await Ipvs.open();
          try {
            await write(ipvs, entries);
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
    test('are read as they were written, and printed so by ipvsadm', async () => {
      enterFreshNamespace();
      const ipvs = await Ipvs.open();
      await fc.assert(
        fc.asyncProperty(arbitraryDaemon, arbitraryTimeouts, async (daemon, timeouts) => {
          await ipvs.startDaemon(daemon);
          await ipvs.setTimeouts(timeouts);
          expect(await ipvs.daemons()).toEqual([daemon]);
          expect(await ipvs.timeouts()).toEqual(timeouts);
          expect(ipvsadm(['-L', '--daemon']).trim()).toBe(daemonLine(daemon));
          const { tcp, tcpFin, udp } = timeouts;
          expect(ipvsadm(['-L', '--timeout']).trim()).toBe(`Timeout (tcp tcpfin udp): ${tcp} ${tcpFin} ${udp}`);
          await ipvs.stopDaemon(daemon.state);
        }),
        { numRuns: DAEMONS },
      );
      await ipvs.close();
    });
  });
}

async function write(ipvs: Ipvs, entries: readonly Entry[]): Promise<void> {
  await Promise.all(
    entries.flatMap(([service, destinations]) => [
      ipvs.addService(service),
      ...destinations.map((destination) => ipvs.addDestination(service, destination)),
    ]),
  );
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
  expect(savedByIpvsadm()).toEqual(entries.flatMap(([service, destinations]) => saved(service, destinations)).sort());
}

/** What `ipvsadm -L --daemon` prints: it leaves out what is 0. */
function daemonLine({ state, interface: device, syncId, maxLength, group, port, ttl }: DaemonSpec): string {
  return `${state} sync daemon (mcast=${device}, syncid=${syncId}, maxlen=${maxLength}, group=${group}, port=${port}, ttl=${ttl})`;
}

function keyOf(service: ServiceSpec): string {
  return 'fwmark' in service
    ? `${service.fwmark} ${service.family}`
    : `${service.protocol} ${service.address} ${service.port}`;
}
