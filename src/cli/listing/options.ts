import type { ReverseResolver } from '../../rules/index.ts';

/** What a listing of the table tells of each entry, by ipvsadm's option for it. */
export type Form = 'stats' | 'rate' | 'thresholds' | 'persistent-conn' | 'tun-info';

/** How to list, in ipvsadm's options. */
export interface ListOptions {
  /** Default: forwarding, weight and connections. */
  readonly form?: Form | undefined;
  /** `--exact`: numbers in full. */
  readonly exact?: boolean | undefined;
  /** `--nosort` is false: entries as the kernel lists them. Default true. */
  readonly sort?: boolean | undefined;
  /** Names for addresses and ports. Default: none, as `-n`. */
  readonly names?: ReverseResolver | undefined;
}
