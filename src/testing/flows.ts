import type { FlowProtocol, Tuple } from '../conntrack/model/flow.ts';
import { encodeTuple, protocolNumber } from '../conntrack/model/flow.ts';
import { families } from '../conntrack/wire/flow.ts';
import { assertKnownProperties } from '../errors/known-properties.ts';
import { assertInteger } from '../errors/validate.ts';
import { canonicalAddress } from '../linux/address.ts';
import type { FlowTable, FlowTuple } from './state/flow-table.ts';

/** An entry to put into the connection tracking table of a fake kernel. */
export interface FlowSpec {
  /** A protocol with ports. */
  readonly protocol: FlowProtocol;
  /** The tuple as the first packet came. */
  readonly original: Tuple;
  /** Default: the original tuple, the other way round. */
  readonly reply?: Tuple | undefined;
  /** Seconds; it does not run down. Default 30. */
  readonly timeout?: number | undefined;
  /** Default 0. */
  readonly mark?: number | undefined;
  /** 0 to 65535. Default 0. */
  readonly zone?: number | undefined;
}

/** The connection tracking table of a fake kernel, which `Conntrack` of `ipvs/conntrack` reads. */
export interface Flows {
  /** Number of entries. */
  readonly size: number;

  /**
   * Adds an entry, in place of the one of the same original tuple.
   * @throws InputError for one that cannot be
   */
  add(flow: FlowSpec): void;
}

const PROPERTIES = ['protocol', 'original', 'reply', 'timeout', 'mark', 'zone'] as const satisfies (keyof FlowSpec)[];
const MAX_U32 = 0xffff_ffff;

/** The connection tracking table of a network namespace, in the words of the API. */
export function flowsOf(table: FlowTable): Flows {
  return {
    get size() {
      return table.size;
    },
    add(flow) {
      assertKnownProperties('flow', flow, PROPERTIES);
      const { protocol, original, reply, timeout = 30, mark = 0, zone = 0 } = flow;
      const number = protocolNumber('flow.protocol', protocol);
      const first = tupleOf('flow.original', number, original);
      table.add({
        original: first,
        reply: reply === undefined ? reversed(first) : tupleOf('flow.reply', number, reply),
        timeout: assertInteger('flow.timeout', timeout, 0, MAX_U32),
        mark: assertInteger('flow.mark', mark, 0, MAX_U32),
        zone: assertInteger('flow.zone', zone, 0, 65535),
      });
    },
  };
}

function tupleOf(field: string, protocol: number, tuple: Tuple): FlowTuple {
  const { family } = encodeTuple(field, protocol, tuple);
  const { source, destination, sourcePort = 0, destinationPort = 0, zone = 0 } = tuple;
  const addresses = { source: canonicalAddress(source), destination: canonicalAddress(destination) };
  return { family: families[family], protocol, ...addresses, sourcePort, destinationPort, zone };
}

/** The other way round, in no zone of its own. */
function reversed({ source, destination, sourcePort, destinationPort, ...tuple }: FlowTuple): FlowTuple {
  const addresses = { source: destination, destination: source };
  return { ...tuple, ...addresses, sourcePort: destinationPort, destinationPort: sourcePort, zone: 0 };
}
