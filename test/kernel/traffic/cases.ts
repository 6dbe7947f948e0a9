import type { Destination, Forwarding, ServiceKey } from '../../../src/ipvs/index.ts';
import { addresses, type Family, families, GUE_PORT, reals } from './network.ts';

/** What the columns of the table say; a mark is seen on datagrams. */
export const protocols = ['tcp', 'udp', 'sctp', 'mark'] as const;
export type Protocol = (typeof protocols)[number];

/** Every way to a destination that the API has, by the name it has in the table. */
export const ways: Readonly<Record<string, Forwarding>> = {
  masquerade: 'masquerade',
  'direct routing': 'direct-route',
  local: 'local',
  bypass: 'bypass',
  IPIP: { tunnel: 'ipip' },
  GUE: { tunnel: 'gue', port: GUE_PORT },
  'GUE, csum': { tunnel: 'gue', port: GUE_PORT, checksum: 'csum' },
  'GUE, remcsum': { tunnel: 'gue', port: GUE_PORT, checksum: 'remcsum' },
  GRE: { tunnel: 'gre' },
  'GRE, csum': { tunnel: 'gre', checksum: 'csum' },
};

/** More than the connections of a run: the scheduler ovf gives a destination no more connections than its weight. */
const WEIGHT = 1000;

/** One way of one protocol: the family of the service, and that of the destinations. */
export interface Case {
  readonly way: string;
  readonly family: Family;
  readonly outer: Family;
  readonly protocol: Protocol;
}

/** A case with all that it takes, at a port of its own. */
export interface Prepared extends Case {
  readonly service: ServiceKey;
  readonly destinations: readonly Pick<Destination, 'address' | 'port' | 'forwarding' | 'weight'>[];
  readonly address: string;
  readonly port: number;
}

export const cases: readonly Case[] = protocols.flatMap((protocol) =>
  Object.keys(ways).flatMap((way) =>
    families.flatMap((family) => families.map((outer): Case => ({ way, family, outer, protocol }))),
  ),
);

/** Whether the families are the same, or a tunnel carries one in the other. */
export function isPossible({ way, family, outer }: Case): boolean {
  return family === outer || typeof ways[way] === 'object';
}

export function prepare(each: Case, port: number): Prepared {
  const { way, family, outer, protocol } = each;
  const { vip, far } = addresses[family];
  const address = way === 'bypass' ? far : vip;
  const service: ServiceKey = protocol === 'mark' ? { fwmark: port, family } : { protocol, address, port };
  const { back, summed, ...own } = addresses[outer];
  const servers = way === 'GRE, csum' ? summed : own;
  const places = way === 'local' ? [back] : way === 'bypass' ? [own.real1] : reals.map((real) => servers[real]);
  const forwarding = ways[way] as Forwarding;
  return {
    ...each,
    service,
    destinations: places.map((place) => ({ address: place, port, forwarding, weight: WEIGHT })),
    address,
    port,
  };
}

/** Who has to answer when a client asks twice. */
export function serversOf({ way }: Case): readonly string[] {
  if (way === 'local') return ['director', 'director'];
  return way === 'bypass' ? ['real1', 'real1'] : [...reals];
}
