import type { NetlinkTraits } from '../netlink/traits.ts';

/** The kernel that a fake behaves like. */
export type KernelVersion = '6.1' | '6.12' | '7.2';

/** What the kernel versions do differently, as far as it can be seen from outside. */
export interface Traits extends NetlinkTraits {
  /** Number of the family; the real one differs from boot to boot. */
  readonly familyId: number;
  /** Since 5.15 the estimator can be suspended (ip_vs_ctl.c, vs_vars). */
  readonly runEstimation: boolean;
  /** Since 6.2 the estimator runs in threads of its own (ip_vs_est.c, ip_vs_estimation_kthread). */
  readonly estimatorThreads: boolean;
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
    runEstimation: true,
    estimatorThreads: false,
    ownTables: false,
    checksUpperThreshold: false,
    schedulers: [],
  },
  '6.12': {
    familyId: 35,
    smallHeads: true,
    kindBeforePermission: true,
    unvalidatedHavePolicy: false,
    runEstimation: true,
    estimatorThreads: true,
    ownTables: false,
    checksUpperThreshold: true,
    schedulers: ['twos'],
  },
  '7.2': {
    familyId: 37,
    smallHeads: true,
    kindBeforePermission: true,
    unvalidatedHavePolicy: false,
    runEstimation: true,
    estimatorThreads: true,
    ownTables: true,
    checksUpperThreshold: true,
    schedulers: ['twos'],
  },
};
