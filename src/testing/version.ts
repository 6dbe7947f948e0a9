/** The kernel that a fake behaves like. */
export type KernelVersion = '6.1' | '6.12' | '7.2';

/** What the kernel versions do differently, as far as it can be seen from outside. */
export interface Traits {
  /** Number of the family; the real one differs from boot to boot. */
  readonly familyId: number;
  /** Since 6.3 heads of small socket buffers come from a cache of their own (net/core/skbuff.c, kmalloc_reserve). */
  readonly smallHeads: boolean;
  /** Since 6.5 a command that exists as dump only is refused before the permission (genetlink.c, genl_get_cmd). */
  readonly kindBeforePermission: boolean;
  /** Since 6.5 a dump-only command without validation shows no policy (genetlink.c, ctrl_fill_info). */
  readonly unvalidatedHavePolicy: boolean;
  /** From 7.2 on each namespace has tables of its own, made when they are first needed (ip_vs_conn.c). */
  readonly ownTables: boolean;
  /** Upper thresholds beyond an int are refused, a stable backport that 6.1 got late (ip_vs_ctl.c, ip_vs_add_dest). */
  readonly checksUpperThreshold: boolean;
  /** Schedulers that the version has as modules, beside those that all have. */
  readonly schedulers: readonly string[];
}

export const versions: Readonly<Record<KernelVersion, Traits>> = {
  '6.1': {
    familyId: 32,
    smallHeads: false,
    kindBeforePermission: false,
    unvalidatedHavePolicy: true,
    ownTables: false,
    checksUpperThreshold: false,
    schedulers: [],
  },
  '6.12': {
    familyId: 35,
    smallHeads: true,
    kindBeforePermission: true,
    unvalidatedHavePolicy: false,
    ownTables: false,
    checksUpperThreshold: true,
    schedulers: ['twos'],
  },
  '7.2': {
    familyId: 37,
    smallHeads: true,
    kindBeforePermission: true,
    unvalidatedHavePolicy: false,
    ownTables: true,
    checksUpperThreshold: true,
    schedulers: ['twos'],
  },
};
