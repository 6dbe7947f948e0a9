import { InputError } from '../../errors/input-error.ts';
import type { NetlinkTraits } from '../netlink/traits.ts';
import type { NetworkTraits } from './network.ts';

/** A kernel that a fake behaves like. */
export type KernelVersion = '5.10' | '6.1' | '6.12' | '7.2';

/** Observable differences between kernel versions. */
export interface Traits extends NetlinkTraits, NetworkTraits {
  /** Number of the family; the real one differs from boot to boot. */
  readonly familyId: number;
  /** 5.10 takes a negative unsigned long for nothing written (kernel/sysctl.c, __do_proc_doulongvec_minmax). */
  readonly ignoresNegativeLongs: boolean;
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
  '5.10': {
    familyId: 30,
    lastMayExceed: true,
    checksHeaders: false,
    smallHeads: false,
    splitOperations: false,
    networkIsBroadcast: true,
    addressProtocols: false,
    addressMessages: false,
    ignoresNegativeLongs: true,
    runEstimation: false,
    estimatorThreads: false,
    ownTables: false,
    checksUpperThreshold: false,
    schedulers: [],
  },
  '6.1': {
    familyId: 32,
    lastMayExceed: false,
    checksHeaders: true,
    smallHeads: false,
    splitOperations: false,
    networkIsBroadcast: false,
    addressProtocols: true,
    addressMessages: false,
    ignoresNegativeLongs: false,
    runEstimation: true,
    estimatorThreads: false,
    ownTables: false,
    checksUpperThreshold: false,
    schedulers: [],
  },
  '6.12': {
    familyId: 35,
    lastMayExceed: false,
    checksHeaders: true,
    smallHeads: true,
    splitOperations: true,
    networkIsBroadcast: false,
    addressProtocols: true,
    addressMessages: true,
    ignoresNegativeLongs: false,
    runEstimation: true,
    estimatorThreads: true,
    ownTables: false,
    checksUpperThreshold: true,
    schedulers: ['twos'],
  },
  '7.2': {
    familyId: 37,
    lastMayExceed: false,
    checksHeaders: true,
    smallHeads: true,
    splitOperations: true,
    networkIsBroadcast: false,
    addressProtocols: true,
    addressMessages: true,
    ignoresNegativeLongs: false,
    runEstimation: true,
    estimatorThreads: true,
    ownTables: true,
    checksUpperThreshold: true,
    schedulers: ['twos'],
  },
};

/**
 * The newest known version that is not newer than another.
 * @param release `'7.3'`, or what `uname -r` prints
 */
export function knownVersion(release: string): KernelVersion {
  const [, major, minor] = /^(\d+)\.(\d+)(?!\d)/.exec(release) ?? [];
  const known = Object.keys(versions) as KernelVersion[];
  const found = known.findLast((version) => number(version) <= Number(major) * 1000 + Number(minor));
  if (found) return found;
  throw new InputError(`must be that of Linux ${known[0]} or later`, release, 'version');
}

function number(version: string): number {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major * 1000 + minor;
}
