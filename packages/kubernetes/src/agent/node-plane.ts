import type { IpvsClient } from 'ipvs';
import type { Difference, Element } from '../desired/index.ts';

/** The addresses on the agent's own interface. */
export interface AddressBinder {
  /** Those that are bound; the interface is made where there is none. */
  list(signal?: AbortSignal): Promise<readonly string[]>;
  /** Binds addresses; what is bound already counts as bound. Resolves to those that could not be, with the reason. */
  bind(addresses: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, unknown>>;
  /** Takes addresses away; what is gone already counts as taken. */
  unbind(addresses: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, unknown>>;
}

/** The sets of the agent's packet filter. */
export interface PacketFilter {
  /**
   * The members of `services` and `marks` as they stand, which say which virtual services the agent has made; none where there
   * is no table.
   */
  recorded(signal?: AbortSignal): Promise<readonly Element[]>;
  /**
   * Whether the table stands as it was made, and its sets hold these members and no others. {@link change} may go on
   * meanwhile: what it changes counts as it should be.
   */
  holds(members: readonly Element[], signal?: AbortSignal): Promise<boolean>;
  /** Makes the table, with these members and no others. Resolves to how many were added and removed. */
  replace(members: Iterable<Element>, signal?: AbortSignal): Promise<number>;
  /**
   * Adds and removes members at once, or, when it rejects, none; what stands is not read. Resolves to their number. `pods`
   * are changed by {@link replace} alone.
   */
  change(difference: Difference<Element>, signal?: AbortSignal): Promise<number>;
}

/** A virtual service of UDP with the endpoints that its flows may go to. */
export interface FlowService {
  readonly address: string;
  readonly port: number;
  readonly endpoints: readonly { readonly address: string; readonly port: number }[];
}

/** The flows that conntrack remembers: a client that goes on sending stays with its endpoint, though that is gone. */
export interface FlowTable {
  /** Removes the flows of UDP to other endpoints than those that a service has. Resolves to their number. */
  removeStale(services: readonly FlowService[], signal?: AbortSignal): Promise<number>;
}

/** All that the agent programs on its node. */
export interface NodePlane {
  readonly ipvs: IpvsClient;
  readonly addresses: AddressBinder;
  readonly filter: PacketFilter;
  readonly flows: FlowTable;
}
