import { describeService, type Service, type ServiceKey } from 'ipvs';
import { type Draining, type DrainOptions, drain, reconcile } from 'ipvs/reconcile';
import type { DesiredChanges, VirtualService } from '../desired/index.ts';
import type { NodePlane } from './node-plane.ts';
import type { ProgrammerOptions } from './programmer.ts';
import type { Round } from './round.ts';

/** Services by their ids. */
export type ServiceKeys = ReadonlyMap<string, ServiceKey>;

/** The virtual services that are wanted, and those of the table that are in question. */
export class VirtualServices {
  readonly #ipvs: NodePlane['ipvs'];
  readonly #options: ProgrammerOptions;
  readonly #wanted = new Map<string, VirtualService>();
  /** Removed since the table was last listed. */
  readonly #removed = new Set<string>();
  #draining: readonly Draining[] = [];

  constructor(ipvs: NodePlane['ipvs'], options: ProgrammerOptions) {
    this.#ipvs = ipvs;
    this.#options = options;
  }

  /** Those that are wanted, by their ids. */
  get wanted(): ReadonlyMap<string, VirtualService> {
    return this.#wanted;
  }

  /** Destinations that are not wanted and still have connections. */
  get draining(): readonly Draining[] {
    return this.#draining;
  }

  /** Takes what is different in what is wanted. Returns the services that it is about. */
  take({ removed, changed }: DesiredChanges['services']): ServiceKey[] {
    const services = [...removed, ...changed].map(({ entry }) => keyOf(entry.service));
    for (const { entry } of removed) this.#wanted.delete(describeService(entry.service));
    for (const each of changed) this.#wanted.set(describeService(each.entry.service), each);
    return services;
  }

  /** The whole table; what is removed meanwhile is not in it. */
  async list(signal: AbortSignal | undefined): Promise<readonly Service[]> {
    this.#removed.clear();
    const table = await this.#ipvs.services({ signal });
    return table.filter((service) => !this.#removed.has(describeService(service)));
  }

  /** Those of some services that are in the table. */
  async standing(services: ServiceKeys, signal: AbortSignal | undefined): Promise<ServiceKeys> {
    const found = await Promise.all(
      Array.from(services, async ([id, key]) =>
        (await this.#ipvs.service(key, { signal })) ? [[id, key] as const] : [],
      ),
    );
    return new Map(found.flat());
  }

  /** Makes services as they are wanted. */
  async program(round: Round, services: ServiceKeys, signal: AbortSignal | undefined): Promise<void> {
    if (services.size === 0) return;
    const wanted = [...services.keys()].flatMap((id) => this.#wanted.get(id)?.entry ?? []);
    this.#forgetDraining(services);
    const scope = { services: services.values(), drain: this.#drainOptions, signal };
    const result = await reconcile(this.#ipvs, wanted, scope);
    this.#draining = [...this.#draining, ...result.draining];
    round.reconciled(result);
  }

  /** Removes services with all of their destinations at once: whoever deletes a Service wants it gone. */
  async remove(round: Round, services: ServiceKeys, signal: AbortSignal | undefined): Promise<void> {
    if (services.size === 0) return;
    this.#forgetDraining(services);
    // Nothing is drained, but deadlines are forgotten.
    const drain = { ...this.#drainOptions, when: () => false };
    for (const id of services.keys()) this.#removed.add(id);
    round.reconciled(await reconcile(this.#ipvs, [], { services: services.values(), drain, signal }));
  }

  /**
   * Removes destinations that have drained, or have reached their deadline. Resolves to the services of which some could not be.
   */
  async endDrains(signal: AbortSignal | undefined): Promise<ServiceKey[]> {
    if (this.#draining.length === 0) return [];
    const { draining, failed } = await drain(this.#ipvs, this.#draining, { ...this.#drainOptions, signal });
    this.#draining = draining;
    return failed.flatMap(({ change }) => ('service' in change && change.service ? [keyOf(change.service)] : []));
  }

  get #drainOptions(): DrainOptions {
    const { drainDeadline: deadline, deadlines } = this.#options;
    // Flows of UDP have no end, and an association of SCTP moves by itself: expire_nodest_conn ends both.
    const when = (service: ServiceKey) => this.#wanted.get(describeService(service))?.port.protocol === 'TCP';
    return { wait: false, deadline, deadlines, when, templates: false };
  }

  #forgetDraining(services: ServiceKeys): void {
    if (this.#draining.length === 0) return;
    this.#draining = this.#draining.filter(({ service }) => !services.has(describeService(service)));
  }
}

/** What names a service, without the rest. */
export function keyOf(service: ServiceKey): ServiceKey {
  if (service.fwmark !== undefined) return { fwmark: service.fwmark, family: service.family };
  return { protocol: service.protocol, address: service.address, port: service.port };
}
