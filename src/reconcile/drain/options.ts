import { InputError } from '../../errors/input-error.ts';
import { assertKnownProperties } from '../../errors/known-properties.ts';
import { SystemError } from '../../errors/system-error.ts';
import type { Destination } from '../../ipvs/model/destination.ts';
import type { ServiceKey } from '../../ipvs/model/service-key.ts';
import { type Kernel, readText } from '../../linux/kernel.ts';
import { type DeadlineStore, memoryDeadlines } from './deadlines.ts';

/** How to wait for the connections of destinations that are to be removed. */
export interface DrainOptions {
  /** Seconds after which a destination is removed although it has connections, which this ends. Default 300. */
  readonly deadline?: number | undefined;
  /** Seconds between two readings of the connection counts. Default 1. */
  readonly interval?: number | undefined;
  /** Which destinations to drain; others are removed at once, for which this returns false. Default: all are drained. */
  readonly when?: ((service: ServiceKey, destination: Destination) => boolean) | undefined;
  /**
   * Whether persistence templates are waited for as well. Default: true, unless `kernel` says that they have no effect.
   *
   * While the sysctl `expire_quiescent_template` is 0, which it is by default, a client that a template remembers is sent
   * to its destination even at weight 0, so its session lasts as long as the template (net/netfilter/ipvs/ip_vs_conn.c,
   * ip_vs_check_template). Removing the destination ends the session, though no connection.
   */
  readonly templates?: boolean | undefined;
  /** Where to read `expire_quiescent_template`, mostly `linuxKernel()`. Default: it is taken for 0. */
  readonly kernel?: Kernel | undefined;
  /**
   * Where to keep deadlines, so that draining can be stopped and carried on with. What still drains is found again by
   * itself: it is there and not wanted. A deadline that is kept is brought forward where `deadline` is sooner, and never put
   * off. Default: every call begins with new deadlines.
   */
  readonly deadlines?: DeadlineStore | undefined;
  /**
   * Whether to wait. With false, weights become 0, what has no connections or is beyond its deadline is removed, and the
   * rest is named in the result, to be looked after by calling again; this needs `deadlines`. Default true.
   */
  readonly wait?: boolean | undefined;
}

/** Drain options with their defaults, times in milliseconds. */
export interface DrainSettings {
  readonly deadline: number;
  readonly interval: number;
  readonly when: (service: ServiceKey, destination: Destination) => boolean;
  readonly templates: boolean;
  readonly deadlines: DeadlineStore;
  readonly wait: boolean;
}

const NAMES = ['deadline', 'interval', 'when', 'templates', 'kernel', 'deadlines', 'wait'] as const;
const EXPIRE_QUIESCENT_TEMPLATE = '/proc/sys/net/ipv4/vs/expire_quiescent_template';

/** The longest time of Node's timers, in seconds. */
const MAX_SECONDS = 2147483;

/** Checks drain options. Throws InputError. */
export function validateDrainOptions(options: DrainOptions): void {
  assertKnownProperties('drain', options, NAMES);
  const { deadline = 0, interval = 1, deadlines, wait = true } = options;
  checkSeconds('drain.deadline', deadline, 0);
  checkSeconds('drain.interval', interval, 0.001);
  if (!wait && !deadlines) throw new InputError('must be given where wait is false', deadlines, 'drain.deadlines');
}

/** Throws unless `value` is a number of seconds that a timer takes. */
export function checkSeconds(field: string, value: unknown, min: number): void {
  if (typeof value !== 'number' || !(value >= min && value <= MAX_SECONDS))
    throw new InputError(`must be a number from ${min} to ${MAX_SECONDS} (seconds)`, value, field);
}

/** Fills in defaults. Rejects with InputError and SystemError. */
export async function drainSettings(options: DrainOptions): Promise<DrainSettings> {
  validateDrainOptions(options);
  const { deadline = 300, interval = 1, when = () => true, kernel, wait = true } = options;
  return {
    deadline: deadline * 1000,
    interval: interval * 1000,
    when,
    templates: options.templates ?? !(kernel && (await expiresQuiescentTemplates(kernel))),
    deadlines: options.deadlines ?? memoryDeadlines(),
    wait,
  };
}

async function expiresQuiescentTemplates(kernel: Kernel): Promise<boolean> {
  try {
    return Number(await readText(kernel, EXPIRE_QUIESCENT_TEMPLATE)) !== 0;
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOENT') return false;
    throw error;
  }
}
