import { errnoNumber, type Family, KernelError } from '../../netlink/index.ts';
import { explainedAsPatch } from '../errors/describe-request.ts';
import { type DestinationFields, type DestinationKey, writeDestinationKey } from '../model/destination.ts';
import { type DestinationPatch, patchDestination } from '../model/destination-patch.ts';
import { type ServiceFields, type ServiceKey, writeServiceKey } from '../model/service-key.ts';
import { patchService, type ServicePatch } from '../model/service-patch.ts';
import { canonicalAddress, type EndpointId, endpointId } from '../wire/address.ts';
import { commands, readSettings } from '../wire/commands.ts';
import { toDestinationFields, toServiceFields } from './decode-reply.ts';
import { Turns } from './keyed-mutex.ts';
import { listDestinations } from './list-destinations.ts';
import { SharedRead } from './single-flight.ts';

/** What is under way at the destinations of one service. */
class UnderWay {
  readonly turns = new Turns<EndpointId>();
  readonly list = new SharedRead<Map<EndpointId, DestinationFields>>();
}

/** Reads, merges, writes back: the kernel's SET commands replace an entry, so what is not to change must be sent again. */
export class Patcher {
  readonly #family: Family;
  readonly #turns = new Turns<string>();
  readonly #underWay = new Map<string, UnderWay>();

  constructor(family: Family) {
    this.#family = family;
  }

  async service(key: ServiceKey, patch: ServicePatch): Promise<void> {
    const service = writeServiceKey(key);
    const name = nameOf(service);
    const turn = this.#turns.take(name);
    if (turn) await turn;
    try {
      const current = await this.#family.ask(readSettings.service, { service }, toServiceFields, explainedAsPatch);
      await this.#family.tell(commands.setService, { service: patchService(current, patch) }, explainedAsPatch);
    } finally {
      this.#turns.leave(name);
    }
  }

  async destination(of: ServiceKey, key: DestinationKey, patch: DestinationPatch): Promise<void> {
    const service = writeServiceKey(of);
    const wanted = writeDestinationKey(key);
    const id = endpointId(wanted.address, wanted.port);
    const name = nameOf(service);
    const { turns, list } = this.#underWayAt(name);
    const turn = turns.take(id);
    if (turn) await turn;
    try {
      const current = (await list.join(() => this.#list(service))).get(id);
      if (!current) throw explainedAsPatch.explain(noSuchDestination(), { service, destination: wanted });
      const destination = patchDestination(current, patch, service.family);
      await this.#family.tell(commands.setDest, { service, destination }, explainedAsPatch);
    } finally {
      turns.leave(id);
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
    const destinations = await listDestinations(this.#family, readSettings.destinations, service, toDestinationFields);
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
