import type { Destination } from '../../ipvs/model/destination.ts';
import type { Service } from '../../ipvs/model/service.ts';
import type { Statistics } from '../../ipvs/model/statistics.ts';
import type { IndexedTable } from './compare.ts';

const counters = [
  'connections',
  'incomingPackets',
  'outgoingPackets',
  'incomingBytes',
  'outgoingBytes',
] as const satisfies (keyof Statistics)[];

/** What passed in a second, on average between two readings. */
export type Rates = { readonly [Counter in (typeof counters)[number]]: number };

/** The rates of a service and its destinations. */
export interface ServiceRates {
  /** The service as it was read last. */
  readonly service: Service;
  /** What passed through the service. */
  readonly rates: Rates;
  /** Its destinations that were there in both readings, and what went to each. */
  readonly destinations: readonly {
    /** The destination as it was read last. */
    readonly destination: Destination;
    /** What went to it. */
    readonly rates: Rates;
  }[];
}

/** The rates of everything that is in both tables. */
export function ratesBetween(before: IndexedTable, after: IndexedTable, seconds: number): ServiceRates[] {
  const all: ServiceRates[] = [];
  for (const [id, { service, destinations }] of after) {
    const known = before.get(id);
    if (!known) continue;
    const ofDestinations = [...destinations].flatMap(([endpoint, destination]) => {
      const old = known.destinations.get(endpoint);
      return old ? [{ destination, rates: perSecond(old.statistics, destination.statistics, seconds) }] : [];
    });
    const rates = perSecond(known.service.statistics, service.statistics, seconds);
    all.push({ service, rates, destinations: ofDestinations });
  }
  return all;
}

function perSecond(before: Statistics, after: Statistics, seconds: number): Rates {
  const rate = (counter: keyof Rates) => {
    // A counter that went back was zeroed meanwhile, or is that of an entry that was made anew.
    const passed = after[counter] < before[counter] ? after[counter] : after[counter] - before[counter];
    return Number(passed) / seconds;
  };
  return Object.fromEntries(counters.map((counter) => [counter, rate(counter)])) as Rates;
}
