import { InputError } from '../../errors/input-error.ts';
import { assertKnownProperties } from '../../errors/known-properties.ts';
import { assertInteger } from '../../errors/validate.ts';
import type { Infer } from '../../netlink/index.ts';
import type { command } from '../wire/tables.ts';

/**
 * Seconds without a packet after which the connections of this network namespace are forgotten (`ip_vs_ctl.c`,
 * `ip_vs_set_timeout`), each 1 to INT_MAX / HZ of the kernel: 2147483 at HZ = 1000. Persistence has timeouts of its own.
 */
export interface Timeouts {
  /** Established TCP connections; 900 in a fresh namespace, 0 in a kernel without IPVS for TCP. */
  readonly tcp: number;
  /** TCP connections after a FIN; 120 in a fresh namespace, 0 in a kernel without IPVS for TCP. */
  readonly tcpFin: number;
  /** UDP flows; 300 in a fresh namespace, 0 in a kernel without IPVS for UDP. */
  readonly udp: number;
}

type CommandFields = Infer<typeof command>;

/** INT_MAX / HZ for the slowest clock, 100; a faster one has a lower limit, which only the kernel knows. */
const MAX_TIMEOUT = 21474836;
/** The timeouts by name, in the order of `ipvsadm --set`. */
export const TIMEOUT_NAMES = ['tcp', 'tcpFin', 'udp'] as const;

/** The attributes of timeouts to change. Throws InputError. */
export function encodeTimeouts(timeouts: Partial<Timeouts>): CommandFields {
  assertKnownProperties('timeouts', timeouts, TIMEOUT_NAMES);
  const fields: { -readonly [Name in keyof Timeouts]?: number } = {};
  for (const name of TIMEOUT_NAMES) {
    const value = timeouts[name];
    // The kernel takes 0 for "unchanged" (ip_vs_set_timeout), which nobody who writes 0 means.
    if (value !== undefined) fields[name] = assertInteger(`timeouts.${name}`, value, 1, MAX_TIMEOUT, 'seconds');
  }
  if (Object.keys(fields).length === 0)
    throw new InputError(`must name one of ${TIMEOUT_NAMES.join(', ')}`, timeouts, 'timeouts');
  return fields;
}

/** The timeouts that the kernel sent, but for those of protocols that its IPVS was built without. */
export function decodeTimeouts({ tcp = 0, tcpFin = 0, udp = 0 }: CommandFields): Timeouts {
  return { tcp, tcpFin, udp };
}
