import type { DestinationSpec, Forwarding, ServiceKey } from '../../../src/ipvs/index.ts';
import { addresses, type Family, families, GUE_PORT, reals } from './network.ts';
import type { Listener, Question } from './peers.ts';

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

/** The schedulers of the kernel. */
export const schedulers = [
  ...['rr', 'wrr', 'lc', 'wlc', 'sed', 'nq', 'fo', 'ovf', 'sh', 'dh', 'mh', 'lblc', 'lblcr', 'twos'],
] as const;

/** More than the connections of a run: `ovf` gives a destination no more connections than its weight. */
const WEIGHT = 1000;

/** One way of one protocol: the family of the service, and that of the destinations. */
export interface Case {
  readonly way: string;
  readonly family: Family;
  readonly outer: Family;
  readonly protocol: Protocol;
}

export const cases: readonly Case[] = protocols.flatMap((protocol) =>
  Object.keys(ways).flatMap((way) =>
    families.flatMap((family) => families.map((outer): Case => ({ way, family, outer, protocol }))),
  ),
);

/** Tells whether the families are the same, or a tunnel carries one in the other. */
export function isPossible({ way, family, outer }: Case): boolean {
  return family === outer || typeof ways[way] === 'object';
}

/** The name that a case has beside its way. */
export function nameOf({ family, outer, protocol }: Case): string {
  return `${protocol} ${family}${family === outer ? '' : ` in ${outer}`}`;
}

/** A case with all that it takes, at a port of its own. */
export interface Scene extends Case {
  readonly service: ServiceKey;
  readonly destinations: readonly DestinationSpec[];
  /** Who may answer. */
  readonly servers: readonly string[];
  readonly listeners: readonly Listener[];
  readonly question: Question;
}

export function makeScene(each: Case, port: number): Scene {
  const { way, family, outer, protocol } = each;
  const forwarding = ways[way] as Forwarding;
  const { back, summed, ...own } = addresses[outer];
  const servers = way === 'local' ? (['director'] as const) : way === 'bypass' ? (['real1'] as const) : reals;
  const destinations = servers.map((server) => {
    const address = server === 'director' ? back : (way === 'GRE, csum' ? summed : own)[server];
    return { address, port, forwarding, weight: WEIGHT };
  });
  const { client, vip, far } = addresses[family];
  const address = way === 'bypass' ? far : vip;
  const socket = { protocol: protocol === 'mark' ? 'udp' : protocol, address, port } as const;
  return {
    ...each,
    service: protocol === 'mark' ? { fwmark: port, family } : { protocol, address, port },
    destinations,
    servers,
    // Masqueraded packets come to the server's own address, all others to the service's.
    listeners: servers.map((place, i) => ({
      ...socket,
      place,
      ...(way === 'masquerade' && { address: destinations[i]?.address ?? '' }),
    })),
    question: { ...socket, place: 'client', from: [client, 0] },
  };
}
