import fc from 'fast-check';
import type {
  DaemonSpec,
  Destination,
  DestinationSpec,
  Forwarding,
  Service,
  ServiceFlags,
  ServiceKey,
  ServiceSpec,
  Timeouts,
} from '../../../src/ipvs/index.ts';
import { idle, plain } from '../../contract/expected.ts';
import { hasTwos } from './schedulers.ts';

const schedulers = 'rr wrr lc wlc lblc lblcr dh sh sed nq fo ovf mh'.split(' ');

const port = fc.integer({ min: 1, max: 65535 });
/** Any unicast address that IPVS takes for a server: not of the namespace's own network, and not its broadcast. */
const address4 = fc
  .tuple(fc.integer({ min: 1, max: 126 }), fc.nat(255), fc.nat(255), fc.nat(255))
  .map((parts) => parts.join('.'));
const address6 = fc
  .tuple(
    fc.integer({ min: 0x2000, max: 0x3fff }),
    fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 7, maxLength: 7 }),
  )
  .map(([first, rest]) => canonical([first, ...rest]));

/** Services that the library takes and that ipvsadm can print: its firewall marks end at 2147483647. */
export function arbitraryService(kernel: string): fc.Arbitrary<ServiceSpec> {
  const key = fc.oneof(
    fc.record({
      protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const),
      address: fc.oneof(address4, address6),
      port,
    }),
    fc.record({
      fwmark: fc.integer({ min: 1, max: 0x7fffffff }),
      family: fc.constantFrom('inet' as const, 'inet6' as const),
    }),
  );
  return key.chain((key) => arbitraryServiceWith(kernel, key));
}

/** Services with a given key. */
export function arbitraryServiceWith(kernel: string, key: ServiceKey): fc.Arbitrary<ServiceSpec> {
  const all = hasTwos(kernel) ? [...schedulers, 'twos'] : schedulers;
  return fc.constantFrom(...all).chain((scheduler) =>
    fc
      .record({ flags: flagsFor(scheduler, key), persistence: persistenceFor(familyOf(key)) })
      .map(({ flags, persistence }) => ({
        ...key,
        scheduler,
        flags,
        ...(persistence && { persistence }),
      })),
  );
}

/** Destinations of a service, none of them twice. */
export function arbitraryDestinations(
  service: ServiceSpec,
  key = fc.record({ address: fc.oneof(address4, address6), port }),
): fc.Arbitrary<DestinationSpec[]> {
  const family = familyOf(service);
  const destination = fc
    .record({
      key,
      forwarding,
      weight: fc.oneof(fc.constantFrom(0, 0x7fffffff), fc.nat(0x7fffffff)),
      thresholds: fc.tuple(fc.nat(0x7fffffff), fc.nat(0x7fffffff)),
    })
    .map(({ key, thresholds, forwarding, ...rest }) => {
      const [lowerThreshold = 0, upperThreshold = 0] = [...thresholds].sort((a, b) => a - b);
      const same = (key.address.includes(':') ? 'inet6' : 'inet') === family;
      const way: Forwarding = same || typeof forwarding === 'object' ? forwarding : { tunnel: 'ipip' };
      return { ...key, ...rest, forwarding: way, upperThreshold, lowerThreshold };
    });
  return fc.uniqueArray(destination, { maxLength: 5, selector: ({ address, port }) => `${address} ${port}` });
}

/** Sync daemons on `d0` that the kernel takes as they are: a backup's messages have at least 1024 bytes. */
export const arbitraryDaemon: fc.Arbitrary<Required<DaemonSpec>> = fc
  .record({
    state: fc.constantFrom('master' as const, 'backup' as const),
    interface: fc.constant('d0'),
    syncId: fc.nat(255),
    maxLength: fc.integer({ min: 1024, max: 65487 }),
    group: fc.oneof(
      fc
        .tuple(fc.integer({ min: 224, max: 239 }), fc.nat(255), fc.nat(255), fc.nat(255))
        .map((parts) => parts.join('.')),
      fc.nat(0xffff).map((last) => canonical([0xff02, 0, 0, 0, 0, 0, 0, last])),
    ),
    port: fc.integer({ min: 1, max: 65000 }),
    ttl: fc.integer({ min: 1, max: 255 }),
  })
  .map((daemon) => daemon as Required<DaemonSpec>);

const timeout = fc.integer({ min: 1, max: 2147483 });
export const arbitraryTimeouts: fc.Arbitrary<Timeouts> = fc.record({ tcp: timeout, tcpFin: timeout, udp: timeout });

const checksum = fc.constantFrom('nocsum' as const, 'csum' as const);
const forwarding: fc.Arbitrary<Forwarding> = fc.oneof(
  fc.constantFrom<Forwarding>('masquerade', 'direct-route', { tunnel: 'ipip' }),
  fc.record({
    tunnel: fc.constant('gue' as const),
    port,
    checksum: fc.oneof(checksum, fc.constant('remcsum' as const)),
  }),
  fc.record({ tunnel: fc.constant('gre' as const), checksum }),
);

function flagsFor(scheduler: string, key: object): fc.Arbitrary<ServiceFlags> {
  const own =
    scheduler === 'sh' || scheduler === 'mh'
      ? [`${scheduler}-fallback`, `${scheduler}-port`]
      : ['flag-1', 'flag-2', 'flag-3'];
  const onePacket = 'fwmark' in key || ('protocol' in key && key.protocol === 'udp') ? ['one-packet'] : [];
  return fc.subarray([...own, ...onePacket]).map((names) => Object.fromEntries(names.map((name) => [name, true])));
}

function persistenceFor(family: string) {
  const timeout = fc.integer({ min: 1, max: 4294967 });
  const mask = fc.integer({ min: 1, max: 32 }).map((bits) => {
    const word = (0xffffffff << (32 - bits)) >>> 0;
    return [24, 16, 8, 0].map((shift) => (word >>> shift) & 255).join('.');
  });
  const of4 = fc.record({ timeout, netmask: mask });
  const of6 = fc.record({ timeout, prefixLength: fc.integer({ min: 1, max: 128 }) });
  const engine = fc.constantFrom({}, { engine: 'sip' });
  const some = fc.tuple(family === 'inet6' ? of6 : of4, engine).map(([mask, engine]) => ({ ...mask, ...engine }));
  return fc.option(some, { nil: undefined });
}

export function familyOf(service: object): 'inet' | 'inet6' {
  if ('fwmark' in service) return 'family' in service && service.family === 'inet6' ? 'inet6' : 'inet';
  return 'address' in service && String(service.address).includes(':') ? 'inet6' : 'inet';
}

/** What a service is read as: with every default filled in. */
export function expectedService(service: ServiceSpec): Service {
  const { persistence, ...rest } = service;
  const family = familyOf(service);
  const mask = family === 'inet6' ? { prefixLength: 128 } : { netmask: '255.255.255.255' };
  return {
    ...plain,
    ...rest,
    ...('fwmark' in service && { family }),
    ...(persistence && { persistence: { timeout: 360, ...mask, ...persistence } }),
  } as Service;
}

/** What a destination is read as: with every default filled in. */
export function expectedDestination(destination: DestinationSpec): Destination {
  return { ...idle, ...destination } as Destination;
}

/** An IPv6 address as RFC 5952 writes it, by the system's own formatter. */
function canonical(words: readonly number[]): string {
  return new URL(`http://[${words.map((word) => word.toString(16)).join(':')}]`).hostname.slice(1, -1);
}
