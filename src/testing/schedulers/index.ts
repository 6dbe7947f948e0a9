import { lc } from './counting/lc.ts';
import { nq } from './counting/nq.ts';
import { sed } from './counting/sed.ts';
import { twos } from './counting/twos.ts';
import { wlc } from './counting/wlc.ts';
import { fo } from './failover/fo.ts';
import { ovf } from './failover/ovf.ts';
import { dh } from './hashing/dh.ts';
import { mh } from './hashing/mh.ts';
import { sh } from './hashing/sh.ts';
import { lblc } from './locality/lblc.ts';
import { lblcr } from './locality/lblcr.ts';
import { rr } from './rotating/rr.ts';
import { wrr } from './rotating/wrr.ts';
import type { SchedulerFactory } from './scheduler.ts';

/** The schedulers that the fake imitates, by the kernel's names. */
export const schedulers: ReadonlyMap<string, SchedulerFactory> = new Map(
  Object.entries({ rr, wrr, lc, wlc, lblc, lblcr, dh, sh, sed, nq, fo, ovf, mh, twos }),
);
