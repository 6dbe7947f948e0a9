import { TransportError } from '../../errors/transport-error.ts';
import { applyChange, type Change } from '../../ipvs/change.ts';
import type { IpvsClient } from '../../ipvs/client/ipvs-client.ts';
import { IpvsError } from '../../ipvs/errors/ipvs-error.ts';
import type { Destination } from '../../ipvs/model/destination.ts';
import { diffDestination } from '../../ipvs/model/destination-patch.ts';
import { diffService } from '../plan/diff.ts';
import { destinationId, destinationKeyOf, serviceId, serviceKeyOf } from '../plan/identity.ts';
import type { Outcome } from './outcome.ts';

type ServiceAddition = Extract<Change, { readonly type: 'addService' | 'updateService' }>;
type DestinationAddition = Extract<Change, { readonly type: 'addDestination' | 'updateDestination' }>;

/** Carries changes out at once, in order, and settles what others' changes or a lost answer left open. */
export async function carryOut(ipvs: IpvsClient, changes: readonly Change[]): Promise<Outcome[]> {
  const results = await Promise.allSettled(changes.map((change) => applyChange(ipvs, change)));
  const lists = new Lists(ipvs);
  return Promise.all(
    changes.map((change, i): Outcome | Promise<Outcome> => {
      const result = results[i];
      if (result?.status !== 'rejected') return { status: 'done', change };
      return settle(ipvs, change, result.reason, lists);
    }),
  );
}

/** The destinations of services, each service read once however many ask. */
class Lists {
  readonly #ipvs: IpvsClient;
  readonly #lists = new Map<string, Promise<Destination[]>>();

  constructor(ipvs: IpvsClient) {
    this.#ipvs = ipvs;
  }

  of({ service }: DestinationAddition): Promise<Destination[]> {
    const id = serviceId(service);
    let list = this.#lists.get(id);
    if (!list) {
      list = this.#ipvs.destinations(service);
      this.#lists.set(id, list);
    }
    return list;
  }
}

async function settle(ipvs: IpvsClient, change: Change, error: unknown, lists: Lists): Promise<Outcome> {
  try {
    if (lostAnswer(error)) {
      // It may have been carried out; if so, doing it again is refused or changes nothing.
      await applyChange(ipvs, change);
      return { status: 'done', change };
    }
    return await settleRefusal(ipvs, change, error, lists);
  } catch (again) {
    if (!lostAnswer(error)) return { status: 'failed', change, error: again };
    return settleRefusal(ipvs, change, again, lists).catch((error) => ({ status: 'failed', change, error }));
  }
}

/** Compares what is there with what was to be there. Rejects with what keeps it from being so. */
async function settleRefusal(ipvs: IpvsClient, change: Change, error: unknown, lists: Lists): Promise<Outcome> {
  const reason = error instanceof IpvsError ? error.reason : undefined;
  if (change.type === 'removeService' && reason === 'no-such-service') return { status: 'unneeded', change };
  if (change.type === 'removeDestination' && (reason === 'no-such-service' || reason === 'no-such-destination'))
    return { status: 'unneeded', change };
  const instead =
    change.type === 'addService' && reason === 'service-exists'
      ? await updateForService(ipvs, change)
      : change.type === 'addDestination' && reason === 'destination-exists'
        ? await updateForDestination(change, await lists.of(change))
        : 'refused';
  if (instead === 'refused') throw error;
  if (instead === undefined) return { status: 'unneeded', change };
  await applyChange(ipvs, instead);
  return { status: 'done', change: instead };
}

/** The change that an existing service takes instead of its addition; the addition if it is gone again. */
async function updateForService(ipvs: IpvsClient, change: ServiceAddition): Promise<Change | undefined> {
  const current = await ipvs.service(change.service);
  if (!current) return change;
  const patch = diffService(current, change.service);
  return patch && { type: 'patchService', service: serviceKeyOf(change.service), patch };
}

function updateForDestination(change: DestinationAddition, destinations: readonly Destination[]): Change | undefined {
  const { service, destination: wanted } = change;
  const current = destinations.find((each) => destinationId(each) === destinationId(wanted));
  if (!current) return change;
  const patch = diffDestination(current, wanted);
  return patch && { type: 'patchDestination', service, destination: destinationKeyOf(wanted), patch };
}

/** Whether the kernel may have carried out what it did not answer. */
export function lostAnswer(error: unknown): boolean {
  return error instanceof TransportError && error.code === 'ERR_NETLINK_OVERRUN';
}

/** Whether nothing that is asked after this will be answered either. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof TransportError && unreachable.has(error.code);
}

const unreachable: ReadonlySet<string> = new Set(['ERR_NETLINK_CLOSED', 'ERR_NETLINK_TIMEOUT', 'ERR_NETLINK_SYSTEM']);
