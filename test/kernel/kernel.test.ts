import { describe } from 'vitest';
import { contract, networkContract } from '../contract/index.ts';
import { hasSteadyRates } from '../support/linux/estimates.ts';
import { realKernel } from './bed.ts';
import { captureTests } from './capture.ts';
import { cliTests } from './cli.ts';
import { differentialTests } from './differential.ts';
import { docsTests } from './docs.ts';
import { accessTests } from './faults/access.ts';
import { churnTests } from './faults/churn.ts';
import { processTests } from './faults/processes.ts';
import { fileTests } from './files.ts';
import { keepalivedTests } from './health/keepalived.ts';
import { systemdTests } from './health/systemd.ts';
import { ipvsadmTests } from './ipvsadm.ts';
import { nftablesTests } from './kubernetes/nftables.ts';
import { listingTests } from './listing.ts';
import { conntrackTests } from './netlink/conntrack.ts';
import { addressesOfDestinationsTests } from './netlink/destination-addresses.ts';
import { rtnetlinkTests } from './netlink/rtnetlink.ts';
import { observeTests } from './observe/observe.ts';
import { prometheusTests } from './observe/prometheus.ts';
import { topTests } from './observe/top.ts';
import { randomTests } from './random.ts';
import { reconcileTests } from './reconcile/reconcile.ts';
import { rulesTests } from './rules.ts';
import { scheduleTests } from './schedule/schedule.ts';
import { sizeTests } from './size.ts';
import { labTests } from './traffic/lab.ts';
import { trafficTests } from './traffic.ts';

// One file, so that an emulated machine loads everything once and in this order.
accessTests();
describe('contract', () => {
  contract(realKernel);
  networkContract(realKernel);
});
ipvsadmTests();
cliTests();
docsTests();
captureTests();
randomTests();
listingTests();
rulesTests();
rtnetlinkTests();
addressesOfDestinationsTests();
conntrackTests();
nftablesTests();
differentialTests();
fileTests();
observeTests();
prometheusTests();
// The screen is compared with a listing that is made a moment later.
if (hasSteadyRates(realKernel.kernel)) topTests();
// What is seen is this package's own memory and processes, so one kernel is enough.
if (realKernel.kernel === '6.12') {
  sizeTests();
  describe('processes', processTests);
}
trafficTests();
scheduleTests();
labTests();
reconcileTests();
keepalivedTests();
systemdTests();
churnTests();
