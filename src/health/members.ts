import { applyChange, type Change } from '../ipvs/change.ts';
import type { IpvsClient } from '../ipvs/client/ipvs-client.ts';
import { IpvsError } from '../ipvs/errors/ipvs-error.ts';
import type { Destination, DestinationSpec } from '../ipvs/model/destination.ts';
import { diffDestination } from '../ipvs/model/destination-patch.ts';
import type { ServiceSpec } from '../ipvs/model/service.ts';
import { endpointId } from '../linux/address.ts';

/** A server, and the weight with which it is to be in the table; undefined for one that is not to be there. */
export interface Member {
  readonly destination: DestinationSpec;
  readonly weight: number | undefined;
}

/**
 * Makes the destinations of a service as wanted, those that serve before those that do not; others' destinations stay. The
 * service is added if it is not there. Rejects as the methods of `Ipvs` do, with the first refusal, once all else is done.
 */
export async function syncMembers(ipvs: IpvsClient, service: ServiceSpec, members: readonly Member[]): Promise<void> {
  const current = await listOrAdd(ipvs, service);
  const byId = new Map(current.map((each) => [endpointId(each.address, each.port), each]));
  const gains: Change[] = [];
  const losses: Change[] = [];
  let serving = 0;
  for (const { destination, weight } of members) {
    const present = byId.get(endpointId(destination.address, destination.port));
    if (weight && present?.weight) serving++;
    const change = changeFor(service, destination, weight, present);
    if (change) (weight ? gains : losses).push(change);
  }
  const refusals = await carryOut(ipvs, gains);
  serving += gains.length - refusals.length;
  // Where none of those that are to serve is there, the others stay rather than nobody.
  if (refusals.length === 0 || serving > 0) refusals.push(...(await carryOut(ipvs, losses)));
  if (refusals.length > 0) throw refusals[0];
}

/** Carries changes out at once. Resolves to why some were not. */
async function carryOut(ipvs: IpvsClient, changes: readonly Change[]): Promise<unknown[]> {
  const results = await Promise.allSettled(
    changes.map((change) => applyChange(ipvs, change).catch(ignoreGone(change))),
  );
  return results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
}

async function listOrAdd(ipvs: IpvsClient, service: ServiceSpec): Promise<Destination[]> {
  try {
    return await ipvs.destinations(service);
  } catch (error) {
    if (!isReason(error, 'no-such-service')) throw error;
  }
  await ipvs.addService(service).catch((error) => {
    if (!isReason(error, 'service-exists')) throw error;
  });
  return ipvs.destinations(service);
}

function changeFor(
  service: ServiceSpec,
  destination: DestinationSpec,
  weight: number | undefined,
  current: Destination | undefined,
): Change | undefined {
  if (weight === undefined) return current && { type: 'removeDestination', service, destination };
  const wanted = { ...destination, weight };
  if (current === undefined) return { type: 'addDestination', service, destination: wanted };
  const patch = diffDestination(current, wanted);
  return patch && { type: 'patchDestination', service, destination, patch };
}

function ignoreGone({ type }: Change): (error: unknown) => void {
  return (error) => {
    if (type !== 'removeDestination' || !isReason(error, 'no-such-destination')) throw error;
  };
}

function isReason(error: unknown, reason: string): boolean {
  return error instanceof IpvsError && error.reason === reason;
}
