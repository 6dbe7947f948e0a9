import { InputError } from '../../errors/input-error.ts';
import { assertKnownProperties } from '../../errors/known-properties.ts';
import { assertName } from '../../errors/validate.ts';
import { type AbortSignalLike, assertSignal } from '../../linux/abort-signal.ts';
import { type Kernel, readText } from '../../linux/kernel.ts';
import { KernelError } from '../../netlink/index.ts';
import type { ServiceFields } from '../model/service-key.ts';

/** What the kernel has, beyond what every kernel with IPVS has. */
export interface Features {
  /** Release of the kernel as `uname -r` prints it: `'6.12.48-amd64'`. */
  readonly kernelRelease: string;
  /** Whether there are IPv6 services. */
  readonly ipv6: boolean;
  /** Those of the schedulers asked for that are loaded now; absent without {@link ipv6}, which asking takes. */
  readonly schedulers?: readonly string[] | undefined;
  /** Those of the persistence engines asked for that are loaded now; absent without {@link ipv6}, which asking takes. */
  readonly persistenceEngines?: readonly string[] | undefined;
}

/** Options of a question for features. */
export interface FeaturesOptions {
  /** Stops waiting; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignalLike | undefined;
  /** The schedulers to load if they are there. Default: all that Linux has. */
  readonly schedulers?: readonly string[] | undefined;
  /** The persistence engines to load if they are there. Default: `['sip']`, the only one that Linux has. */
  readonly persistenceEngines?: readonly string[] | undefined;
}

const SCHEDULERS = ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'dh', 'sh', 'sed', 'nq', 'fo', 'ovf', 'mh', 'twos'];
const ENGINES = ['sip'];

/**
 * A service that no kernel adds: the prefix length of its mask is 0, which is seen only once scheduler and persistence
 * engine have been found (`ip_vs_add_service`). Neither can it exist, being of a protocol that is none.
 */
const impossible: ServiceFields = {
  family: 'inet6',
  protocol: '#65535',
  address: '::',
  port: 0,
  scheduler: 'none',
  flags: { flags: 0, mask: 0 },
  timeout: 0,
  netmask: 0,
};

/** Options as they were given. Throws InputError. */
export function validateFeaturesOptions(options: FeaturesOptions = {}): FeaturesOptions {
  assertKnownProperties('', options, ['signal', 'schedulers', 'persistenceEngines']);
  const { signal, schedulers = SCHEDULERS, persistenceEngines = ENGINES } = options;
  if (signal !== undefined) assertSignal(signal);
  return {
    signal,
    schedulers: namesIn('schedulers', schedulers),
    persistenceEngines: namesIn('persistenceEngines', persistenceEngines),
  };
}

function namesIn(field: string, names: readonly string[]): string[] {
  if (!Array.isArray(names)) throw new InputError('must be an array of names', names, field);
  return names.map((name, i) => assertName(`${field}.${i}`, name, 15));
}

/**
 * Asks a kernel what it has.
 * @param add asks it to add a service
 */
export async function readFeatures(
  kernel: Kernel,
  add: (service: ServiceFields) => Promise<void>,
  { schedulers = [], persistenceEngines = [] }: FeaturesOptions,
): Promise<Features> {
  const refusal = (service: Partial<ServiceFields>) =>
    add({ ...impossible, ...service }).then(() => 'none', refusalCode);
  // Asked in one tick, so that they travel together.
  const [any, release, ...refusals] = await Promise.all([
    refusal({}),
    readText(kernel, '/proc/sys/kernel/osrelease'),
    ...schedulers.map((scheduler) => refusal({ scheduler })),
    ...persistenceEngines.map((engine) => refusal({ engine })),
  ]);
  const kernelRelease = release.trim();
  if (any === 'EAFNOSUPPORT') return { kernelRelease, ipv6: false };
  const isFound = (index: number) => refusals[index] === 'EINVAL';
  return {
    kernelRelease,
    ipv6: true,
    schedulers: schedulers.filter((_, i) => isFound(i)),
    persistenceEngines: persistenceEngines.filter((_, i) => isFound(schedulers.length + i)),
  };
}

/** The errno of a refusal that is an answer; any other is thrown. */
function refusalCode(error: unknown): string {
  if (error instanceof KernelError && ['EINVAL', 'ENOENT', 'EAFNOSUPPORT'].includes(error.code)) return error.code;
  throw error;
}
