import { type Conntrack, ConntrackError, type Flow } from 'ipvs/conntrack';
import type { FlowService, FlowTable } from '../agent/node-plane.ts';

/** The flows of UDP in the kernel's connection tracking table. */
export class UdpFlows implements FlowTable {
  readonly #conntrack: Conntrack;

  constructor(conntrack: Conntrack) {
    this.#conntrack = conntrack;
  }

  async removeStale(services: readonly FlowService[], signal?: AbortSignal): Promise<number> {
    const endpointsOf = new Map(
      services.map(({ address, port, endpoints }) => [
        placeOf(address, port),
        new Set(endpoints.map((each) => placeOf(each.address, each.port))),
      ]),
    );
    const isStale = ({ original, reply }: Flow) => {
      const endpoints = endpointsOf.get(placeOf(original.destination, original.destinationPort));
      return endpoints !== undefined && !endpoints.has(placeOf(reply.source, reply.sourcePort));
    };
    // One request for all, however many services there are.
    const flows = await this.#conntrack.flows({ protocol: 'udp' }, { signal });
    const removed = await Promise.all(flows.filter(isStale).map((flow) => this.#remove(flow, signal)));
    return removed.filter(Boolean).length;
  }

  /** Resolves to whether it was there. */
  async #remove(flow: Flow, signal: AbortSignal | undefined): Promise<boolean> {
    try {
      await this.#conntrack.removeFlow(flow, { signal });
      return true;
    } catch (error) {
      if (error instanceof ConntrackError && error.reason === 'no-such-flow') return false;
      throw error;
    }
  }
}

function placeOf(address: string, port: number | undefined): string {
  return `${address} ${port}`;
}
