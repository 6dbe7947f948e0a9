import { InputError } from '../../errors/input-error.ts';
import { assertKnownProperties } from '../../errors/known-properties.ts';
import type { Infer } from '../../netlink/index.ts';
import type { command } from '../wire/tables.ts';
import { assertInteger, assertObject } from './validate.ts';

/** How long the connections of this network namespace are kept, in seconds. Persistence has timeouts of its own. */
export interface Timeouts {
  /** Established TCP connections; 900 in a fresh namespace. */
  readonly tcp: number;
  /** TCP connections after a FIN; 120 in a fresh namespace. */
  readonly tcpFin: number;
  /** UDP flows; 300 in a fresh namespace. */
  readonly udp: number;
}

type CommandFields = Infer<typeof command>;

/** INT_MAX / HZ for the slowest clock, 100; a faster one has a lower limit, which only the kernel knows. */
const MAX_TIMEOUT = 21474836;
const NAMES = ['tcp', 'tcpFin', 'udp'] as const;

/** The attributes of the timeouts to change. Throws InputError. */
export function encodeTimeouts(timeouts: Partial<Timeouts>): CommandFields {
  assertObject('timeouts', timeouts);
  assertKnownProperties('timeouts', timeouts, NAMES);
  const fields: { -readonly [Name in keyof Timeouts]?: number } = {};
  for (const name of NAMES) {
    const value = timeouts[name];
    // The kernel takes 0 for "unchanged" (ip_vs_set_timeout), which nobody who writes 0 means.
    if (value !== undefined) fields[name] = assertInteger(`timeouts.${name}`, value, 1, MAX_TIMEOUT, 'seconds');
  }
  if (Object.keys(fields).length === 0)
    throw new InputError(`must name one of ${NAMES.join(', ')}`, timeouts, 'timeouts');
  return fields;
}

/** The timeouts that the kernel sent. */
export function decodeTimeouts({ tcp = 0, tcpFin = 0, udp = 0 }: CommandFields): Timeouts {
  return { tcp, tcpFin, udp };
}
