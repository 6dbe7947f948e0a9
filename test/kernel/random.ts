import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DestinationSpec, Ipvs, type ServiceSpec } from '../../src/ipvs/index.ts';
import { sorted } from '../contract/expected.ts';
import { arbitraryDestinations, arbitraryService, expectedDestination, expectedService } from '../support/arbitrary.ts';
import { savedByIpvsadm } from '../support/ipvsadm.ts';
import { enterFreshNamespace } from '../support/namespace.ts';
import { saved } from '../support/saved.ts';
import { realKernel } from './bed.ts';

const TABLES = 20;
const SERVICES = 20;

type Entry = [service: ServiceSpec, destinations: DestinationSpec[]];

export function randomTests(): void {
  describe('random tables', () => {
    test('are read as they were written, and printed so by ipvsadm', async () => {
      const entry: fc.Arbitrary<Entry> = arbitraryService(realKernel.kernel).chain((service) =>
        fc.tuple(fc.constant(service), arbitraryDestinations(service)),
      );
      const table = fc.uniqueArray(entry, { maxLength: SERVICES, selector: ([service]) => keyOf(service) });
      await fc.assert(fc.asyncProperty(table, check), { numRuns: TABLES });
    });
  });
}

async function check(entries: Entry[]): Promise<void> {
  enterFreshNamespace();
  const ipvs = await Ipvs.open();
  try {
    await Promise.all(
      entries.flatMap(([service, destinations]) => [
        ipvs.addService(service),
        ...destinations.map((destination) => ipvs.addDestination(service, destination)),
      ]),
    );
    expect(sorted(await ipvs.services())).toEqual(sorted(entries.map(([service]) => expectedService(service))));
    for (const [service, destinations] of entries)
      expect(await ipvs.destinations(service)).toEqual(destinations.map(expectedDestination).reverse());
    expect(savedByIpvsadm()).toEqual(entries.flatMap(([service, destinations]) => saved(service, destinations)).sort());
  } finally {
    await ipvs.close();
  }
}

function keyOf(service: ServiceSpec): string {
  return 'fwmark' in service
    ? `${service.fwmark} ${service.family}`
    : `${service.protocol} ${service.address} ${service.port}`;
}
