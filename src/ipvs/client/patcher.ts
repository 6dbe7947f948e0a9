import { errnoNumber } from '../../errors/errno.ts';
import { KernelError } from '../../errors/kernel-error.ts';
import type { Family } from '../../netlink/index.ts';
import { patchErrors } from '../errors/describe-request.ts';
import { type DestinationFields, type DestinationKey, encodeDestinationKey } from '../model/destination.ts';
import { type DestinationPatch, patchDestination } from '../model/destination-patch.ts';
import { encodeServiceKey, type ServiceFields, type ServiceKey } from '../model/service-key.ts';
import { patchService, type ServicePatch } from '../model/service-patch.ts';
import { canonicalAddress, type EndpointId, endpointId } from '../wire/address.ts';
import { commands, readSettings } from '../wire/commands.ts';
import { destinationFieldsOf, serviceFieldsOf } from './decode-reply.ts';
import { KeyedMutex } from './keyed-mutex.ts';
import { listDestinations } from './list-destinations.ts';
import { SingleFlight } from './single-flight.ts';

/** What is under way at the destinations of one service. */
class UnderWay {
  readonly turns = new KeyedMutex<EndpointId>();
  readonly list = new SingleFlight<Map<EndpointId, DestinationFields>>();
}

/** Reads, merges, writes back: the kernel's SET commands replace an entry, so what is not to change must be sent again. */
export class Patcher {
  readonly #family: Family;
  readonly #turns = new KeyedMutex<string>();
  readonly #underWay = new Map<string, UnderWay>();

  constructor(family: Family) {
    this.#family = family;
  }

  async service(key: ServiceKey, patch: ServicePatch): Promise<void> {
    const service = encodeServiceKey(key);
    const name = nameOf(service);
    const turn = this.#turns.acquire(name);
    if (turn) await turn;
    try {
      const current = await this.#family.request(readSettings.service, { service }, serviceFieldsOf, patchErrors);
      await this.#family.execute(commands.setService, { service: patchService(current, patch) }, patchErrors);
    } finally {
      this.#turns.release(name);
    }
  }

  async destination(of: ServiceKey, key: DestinationKey, patch: DestinationPatch): Promise<void> {
    const service = encodeServiceKey(of);
    const wanted = encodeDestinationKey(key);
    const id = endpointId(wanted.address, wanted.port);
    const name = nameOf(service);
    const { turns, list } = this.#underWayAt(name);
    const turn = turns.acquire(id);
    if (turn) await turn;
    try {
      const current = (await list.run(() => this.#list(service))).get(id);
      if (!current) throw patchErrors.mapError(noSuchDestination(), { service, destination: wanted });
      const destination = patchDestination(current, patch, service.family);
      await this.#family.execute(commands.setDest, { service, destination }, patchErrors);
    } finally {
      turns.release(id);
      if (turns.idle) this.#underWay.delete(name);
    }
  }

  #underWayAt(name: string): UnderWay {
    let underWay = this.#underWay.get(name);
    if (!underWay) {
      underWay = new UnderWay();
      this.#underWay.set(name, underWay);
    }
    return underWay;
  }

  async #list(service: ServiceFields): Promise<Map<EndpointId, DestinationFields>> {
    const destinations = await listDestinations(this.#family, readSettings.destinations, service, destinationFieldsOf);
    const byId = new Map<EndpointId, DestinationFields>();
    for (const each of destinations) byId.set(endpointId(each.address ?? '', each.port ?? 0), each);
    return byId;
  }
}

/** There is no command to read one destination, so nobody but the list says that it is not there. */
function noSuchDestination(): KernelError {
  return new KernelError({ errno: errnoNumber('ENOENT') ?? 2, request: 'IPVS_CMD_SET_DEST' });
}

/** What identifies a service, the same however its address was written. */
function nameOf({ family, protocol, address = '', port, fwmark }: ServiceFields): string {
  return fwmark === undefined ? `${protocol} ${canonicalAddress(address)} ${port}` : `${family} ${fwmark}`;
}
