import { InputError } from '../errors/input-error.ts';
import { assertKnownProperties } from '../errors/known-properties.ts';
import type { IpvsLibraryError } from '../errors/library-error.ts';
import { assertInteger } from '../errors/validate.ts';
import { type DestinationSpec, encodeDestination } from '../ipvs/model/destination.ts';
import { encodeService, type ServiceSpec } from '../ipvs/model/service.ts';
import { endpointId } from '../linux/address.ts';
import type { Probe } from './probe.ts';

/** A server of a pool. */
export interface PoolDestination extends DestinationSpec {
  /** How to try it, one after the other. Default: the pool's. */
  readonly probes?: readonly Probe[] | undefined;
}

/** Something that happened in a pool. */
export type PoolEvent =
  | {
      /** A server has succeeded often enough to be used. */
      readonly type: 'up';
      /** The server, as it was given. */
      readonly destination: DestinationSpec;
    }
  | {
      /** A server has failed often enough not to be used. */
      readonly type: 'down';
      /** The server, as it was given. */
      readonly destination: DestinationSpec;
      /** Why its last trial failed; an error of this package, mostly a `ProbeError`. */
      readonly error: IpvsLibraryError;
    }
  | {
      /** The weight of the servers that are up has become enough, or too little. */
      readonly type: 'quorum';
      /** Whether it is enough now. */
      readonly reached: boolean;
    }
  | {
      /** The table could not be changed; it is tried again after the interval. */
      readonly type: 'error';
      /** What the change was rejected with. */
      readonly error: unknown;
    };

/** A service, its servers, and how their health decides which of them are used. */
export interface PoolOptions {
  /** The service, which is added if it is not there; its other destinations are left alone. */
  readonly service: ServiceSpec;
  /** The servers, none of them twice. */
  readonly destinations: readonly PoolDestination[];
  /** How to try each server, one after the other; all must be well. A server without any is up. Default: none. */
  readonly probes?: readonly Probe[] | undefined;
  /** Seconds between two trials of a server. Default 5. */
  readonly interval?: number | undefined;
  /** Seconds after which a trial has failed. Default 5. Where this process stood still meanwhile, the time begins anew. */
  readonly timeout?: number | undefined;
  /** The part of the interval by which it is shortened or lengthened at random, 0 to 1. Default 0.1. */
  readonly jitter?: number | undefined;
  /** Successes in a row after which a server is up. Default 2. */
  readonly rise?: number | undefined;
  /** Failures in a row after which a server is down. Default 3. */
  readonly fall?: number | undefined;
  /**
   * Seconds that a server must have been up for its fall not to be taken for flapping; each time it falls sooner it takes
   * twice as many successes until it is up again, 32 times as many at most. Default 60; 0 for none of this.
   */
  readonly steady?: number | undefined;
  /** What to think of a server before its first trials. Default `'up'`. */
  readonly initially?: 'up' | 'down' | undefined;
  /**
   * Whether a server that is down keeps its place with weight 0, and its connections with it, instead of being removed;
   * keepalived's inhibit_on_failure. Default false.
   */
  readonly inhibit?: boolean | undefined;
  /** Used alone, and only, while the servers that are up have no quorum; keepalived's sorry_server. Default: none. */
  readonly fallback?: DestinationSpec | undefined;
  /** Weight that the servers that are up must have together. Default 1. */
  readonly quorum?: number | undefined;
  /**
   * By how much the weight must pass the quorum in either direction for it to be reached or lost; less than the quorum.
   * Default 0.
   */
  readonly hysteresis?: number | undefined;
  /** Seconds in which the weight of a server that comes up rises from 1 to its own. Default 0. */
  readonly slowStart?: number | undefined;
  /** Is told what happens. What it throws is not caught. */
  readonly onEvent?: ((event: PoolEvent) => void) | undefined;
}

/** Pool options with their defaults, times in milliseconds. */
export type PoolSettings = Required<{
  [Name in keyof Omit<PoolOptions, 'fallback'>]: Exclude<PoolOptions[Name], undefined>;
}> & {
  readonly fallback: DestinationSpec | undefined;
};

const defaults = {
  probes: [],
  interval: 5,
  timeout: 5,
  jitter: 0.1,
  rise: 2,
  fall: 3,
  steady: 60,
  initially: 'up',
  inhibit: false,
  quorum: 1,
  hysteresis: 0,
  slowStart: 0,
  onEvent: () => {},
} as const;

const NAMES = ['service', 'destinations', 'fallback', ...Object.keys(defaults)];

/** The longest time of Node's timers, in seconds. */
const MAX_SECONDS = 2147483;
const MAX_COUNT = 1000;

/** Checks pool options and fills in defaults. Throws InputError. */
export function poolSettings(options: PoolOptions): PoolSettings {
  assertKnownProperties('pool', options, NAMES);
  const { service, destinations, ...rest } = options;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const settings: PoolSettings = { service, destinations, fallback: undefined, ...defaults, ...given };
  const { fallback, quorum, hysteresis, initially } = settings;
  const { family } = encodeService(service);
  if (!Array.isArray(destinations)) throw new InputError('must be an array', destinations, 'pool.destinations');
  const servers = destinations.map(({ probes: _, ...spec }) => spec);
  for (const each of fallback ? [...servers, fallback] : servers) encodeDestination(each, family);
  checkProbes('pool.probes', settings.probes);
  for (const [i, { probes }] of destinations.entries())
    if (probes !== undefined) checkProbes(`pool.destinations[${i}].probes`, probes);
  const ids = servers.map(({ address, port }) => endpointId(address, port));
  if (new Set(ids).size < ids.length) throw new InputError('must not name one twice', servers, 'pool.destinations');
  if (fallback && ids.includes(endpointId(fallback.address, fallback.port)))
    throw new InputError('must not be one of the destinations', fallback, 'pool.fallback');
  assertNumber('interval', settings.interval, 0.001, MAX_SECONDS);
  assertNumber('timeout', settings.timeout, 0.001, MAX_SECONDS);
  assertNumber('steady', settings.steady, 0, MAX_SECONDS);
  assertNumber('slowStart', settings.slowStart, 0, MAX_SECONDS);
  assertNumber('jitter', settings.jitter, 0, 1);
  for (const name of ['rise', 'fall'] as const) assertInteger(`pool.${name}`, settings[name], 1, MAX_COUNT);
  assertInteger('pool.quorum', quorum, 0, Number.MAX_SAFE_INTEGER);
  // As much as the quorum, and it could never be lost.
  assertInteger('pool.hysteresis', hysteresis, 0, Math.max(0, quorum - 1));
  if (initially !== 'up' && initially !== 'down')
    throw new InputError("must be 'up' or 'down'", initially, 'pool.initially');
  const milliseconds = (name: 'interval' | 'timeout' | 'steady' | 'slowStart') => settings[name] * 1000;
  return {
    ...settings,
    interval: milliseconds('interval'),
    timeout: milliseconds('timeout'),
    steady: milliseconds('steady'),
    slowStart: milliseconds('slowStart'),
  };
}

function checkProbes(path: string, probes: unknown): void {
  if (!Array.isArray(probes)) throw new InputError('must be an array of probes', probes, path);
  for (const [i, probe] of probes.entries())
    if (typeof probe !== 'function')
      throw new InputError('must be a probe, such as tcpProbe()', probe, `${path}[${i}]`);
}

function assertNumber(name: string, value: unknown, min: number, max: number): void {
  if (typeof value !== 'number' || !(value >= min && value <= max))
    throw new InputError(`must be a number from ${min} to ${max}`, value, `pool.${name}`);
}

/** Throws InputError unless a probe's port is one, or left out. */
export function checkPort(port: unknown): void {
  if (port !== undefined) assertInteger('probe.port', port, 1, 0xffff);
}
