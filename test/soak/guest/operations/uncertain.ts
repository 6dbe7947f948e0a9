import { describeDestination, type Ipvs, IpvsLibraryError } from '../../../../src/ipvs/index.ts';
import type { Life } from '../life.ts';

/** Writes every destination of a service at once, by a client that something happens to. */
export async function writeUncertainly(
  life: Life,
  name: string,
  ipvs: Ipvs,
  happen: (signal: AbortController) => void,
): Promise<void> {
  const entry = life.pickEntry();
  if (!entry) return;
  const { service } = entry;
  const abort = new AbortController();
  const weight = 100 + life.random.below(1000);
  const calls = entry.destinations.map((each) =>
    ipvs.updateDestination(service, { ...each, weight }, { signal: abort.signal }),
  );
  happen(abort);
  const results = await Promise.allSettled(calls);
  const is = new Map((await life.ipvs.destinations(service)).map((each) => [describeDestination(each), each]));
  const destinations = entry.destinations.map((each, i) => {
    const read = is.get(describeDestination(each))?.weight;
    const result = results[i];
    if (result?.status === 'fulfilled') {
      if (read !== weight)
        life.fault(`${name}: a call was carried out, but the weight is ${read}, not ${weight}`, 'lost');
      return { ...each, weight };
    }
    const reason = result?.reason;
    if (
      reason !== abort.signal.reason &&
      !(reason instanceof IpvsLibraryError && reason.code === 'ERR_NETLINK_OVERRUN')
    )
      life.fault(`${name}: ${reason}`);
    if (read !== weight && read !== each.weight) life.fault(`${name}: the weight is ${read}`);
    life.count(`${name}: calls rejected`);
    return { ...each, weight: read ?? each.weight };
  });
  life.count(`${name}: calls`, calls.length);
  life.table = life.table.map((each) => (each === entry ? { service, destinations } : each));
}
