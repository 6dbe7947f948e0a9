import { errnoNumber, type Family, KernelError } from '../netlink/index.ts';
import { explainedAsPatch } from './actions.ts';
import { canonicalAddress } from './address.ts';
import { commands } from './commands.ts';
import { type DestinationFields, type DestinationKey, writeDestinationKey } from './destination.ts';
import { type DestinationPatch, patchDestination } from './destination-patch.ts';
import { listDestinations } from './list-destinations.ts';
import { toDestinationFields, toServiceFields } from './replies.ts';
import { type ServiceFields, type ServiceKey, writeServiceKey } from './service-key.ts';
import { patchService, type ServicePatch } from './service-patch.ts';
import { SharedReads } from './shared-reads.ts';
import { Turns } from './turns.ts';

/** Reads, merges, writes back: the kernel's SET commands replace an entry, so what is not to change must be sent again. */
export class Patcher {
  readonly #family: Family;
  readonly #turns = new Turns();
  readonly #reads = new SharedReads<Map<string, DestinationFields>>();

  constructor(family: Family) {
    this.#family = family;
  }

  async service(key: ServiceKey, patch: ServicePatch): Promise<void> {
    const service = writeServiceKey(key);
    await this.#turns.take(nameOf(service), async () => {
      const current = await this.#family.ask(commands.getService, { service }, toServiceFields, explainedAsPatch);
      await this.#family.tell(commands.setService, { service: patchService(current, patch) }, explainedAsPatch);
    });
  }

  async destination(of: ServiceKey, key: DestinationKey, patch: DestinationPatch): Promise<void> {
    const service = writeServiceKey(of);
    const wanted = writeDestinationKey(key);
    await this.#turns.take(`${nameOf(service)} ${nameOf(wanted)}`, async () => {
      const destinations = await this.#reads.join(nameOf(service), () => this.#read(of));
      const current = destinations.get(nameOf(wanted));
      if (!current) throw explainedAsPatch.explain(noSuchDestination(), { service, destination: wanted });
      const destination = patchDestination(current, patch, service.family);
      await this.#family.tell(commands.setDest, { service, destination }, explainedAsPatch);
    });
  }

  async #read(of: ServiceKey): Promise<Map<string, DestinationFields>> {
    const destinations = await listDestinations(this.#family, of, toDestinationFields);
    return new Map(destinations.map((each) => [nameOf(each), each]));
  }
}

/** There is no command to read one destination, so nobody but the list says that it is not there. */
function noSuchDestination(): KernelError {
  return new KernelError({ errno: errnoNumber('ENOENT') ?? 2, request: 'IPVS_CMD_SET_DEST' });
}

type NamedFields = {
  [Part in 'family' | 'protocol' | 'address' | 'port' | 'fwmark']?: ServiceFields[Part] | undefined;
};

/** What identifies an entry, the same however its address was written. */
function nameOf({ family, protocol, address, port, fwmark }: NamedFields): string {
  return [family, protocol, address && canonicalAddress(address), port, fwmark].join(' ');
}
