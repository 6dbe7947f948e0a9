import type { Daemon } from '../../ipvs/model/daemon.ts';
import type { Timeouts } from '../../ipvs/model/timeouts.ts';
import type { ReverseResolver } from './wording.ts';

/** How to write rules. */
export interface FormatOptions {
  /**
   * Writes what `ipvsadm -S` forgets as well: thresholds, a mask without persistence, `flag-3` of sh and mh, timeouts and
   * sync daemons. What the grammar has no words for is an InputError, so that nothing is left out. Default false.
   */
  readonly lossless?: boolean | undefined;
  /** Timeouts to write, with `lossless` alone. */
  readonly timeouts?: Timeouts | undefined;
  /** Sync daemons to write, with `lossless` alone. */
  readonly daemons?: readonly Daemon[] | undefined;
  /**
   * Names to write instead of numbers, where reading them back is possible: of IPv4 addresses and of ports, in letters,
   * digits, dots, hyphens and underscores. That a name leads back to the number is for the resolver to see to. Default:
   * none, as `ipvsadm -Sn`.
   */
  readonly names?: ReverseResolver | undefined;
}
