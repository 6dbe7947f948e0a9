import { commands } from '../../conntrack/wire/commands.ts';
import { nfgenmsg } from '../../conntrack/wire/flow.ts';
import type { RawOperation } from '../../netlink/index.ts';
import type { AdmittedCommand, KernelProtocol } from '../netlink/protocol.ts';
import { Refused } from '../netlink/refused.ts';
import type { Request } from '../netlink/request.ts';
import type { FlowTable } from '../state/flow-table.ts';
import { checkListing, deleteFlow, getFlow, listFlows } from './flow-commands.ts';

/** What a request to nfnetlink finds there. */
export interface NetfilterContext {
  readonly capable: boolean;
  readonly flows: FlowTable;
}

/** The connection tracking table over nfnetlink (net/netfilter/nfnetlink.c, nfnetlink_rcv). */
export function netfilterProtocol(
  { capable, flows }: NetfilterContext,
  note: (operation: RawOperation | undefined, request: Request, refusal: string | undefined) => void,
): KernelProtocol {
  const known: readonly (Omit<AdmittedCommand, 'name'> & { readonly operation: RawOperation })[] = [
    {
      operation: commands.get,
      perform: (request) => getFlow(flows, request),
      start: checkListing,
      dump: (request) => listFlows(flows, request),
    },
    { operation: commands.delete, perform: (request) => deleteFlow(flows, request) },
  ];
  return {
    headerSize: () => nfgenmsg.size,
    // Where the privilege is missing, only the first message of a datagram is answered.
    refuseDatagram: () => (capable ? undefined : 'EPERM'),
    find(request) {
      if (!request.whole) return undefined;
      const command = known.find(({ operation }) => operation.command === request.type);
      return {
        admit() {
          if (!command) throw new Refused('EINVAL');
          const { operation, ...handlers } = command;
          return { name: operation.name, ...handlers };
        },
        note: (refusal) => note(command?.operation, request, refusal),
      };
    },
  };
}
