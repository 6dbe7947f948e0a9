import { describe } from 'vitest';
import { addressContract } from './addresses.ts';
import { batchContract } from './batches.ts';
import type { Bed } from './bed.ts';
import { conntrackContract } from './conntrack.ts';
import { destinationContract } from './destinations.ts';
import { featureContract } from './features.ts';
import { kernelRefusalContract } from './kernel-refusals.ts';
import { linkContract } from './links.ts';
import { patchContract } from './patches.ts';
import { refusalContract } from './refusals.ts';
import { serviceContract } from './services.ts';
import { settingContract } from './settings.ts';

/** What every IPVS must do, whoever plays the kernel. */
export function contract(bed: Bed): void {
  serviceContract(bed);
  destinationContract(bed);
  patchContract(bed);
  settingContract(bed);
  featureContract(bed);
  batchContract(bed);
  refusalContract(bed);
  kernelRefusalContract(bed);
}

/** What rtnetlink and ctnetlink must do, whoever plays the kernel. */
export function networkContract(bed: Bed): void {
  describe('rtnetlink', () => {
    linkContract(bed);
    addressContract(bed);
  });
  describe('ctnetlink', () => conntrackContract(bed));
}
