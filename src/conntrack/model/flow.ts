import { InputError } from '../../errors/input-error.ts';
import { assertKnownProperties } from '../../errors/known-properties.ts';
import { assertInteger } from '../../errors/validate.ts';
import { assertAddress } from '../../linux/address.ts';
import {
  type Fields,
  type Numbered,
  parseNumbered,
  type RawMessage,
  type RawRequest,
  WireError,
} from '../../netlink/index.ts';
import {
  CTA_FILTER_F,
  families,
  type flow as flowTable,
  type nfgenmsg,
  protocols,
  type tuple as tupleTable,
} from '../wire/flow.ts';

type FlowRows = (typeof flowTable)['rows'];
type FlowMembers = (typeof nfgenmsg)['members'];
type TupleFields = Fields<(typeof tupleTable)['rows']>;

/** A transport protocol, by the name that conntrack(8) shows; one without a name here is `'#89'`. */
export type FlowProtocol = 'icmp' | 'tcp' | 'udp' | 'dccp' | 'gre' | 'icmpv6' | 'sctp' | 'udplite' | Numbered;

/** One direction of a flow. */
export interface Tuple {
  /** IPv4 or IPv6 address that sends. */
  readonly source: string;
  /** IPv4 or IPv6 address that is sent to, of the same family. */
  readonly destination: string;
  /** Absent for protocols without ports. */
  readonly sourcePort?: number | undefined;
  /** Port that is sent to, 0 to 65535. Absent for protocols without ports. */
  readonly destinationPort?: number | undefined;
  /** The zone of this direction alone (`CT --zone-orig`, `--zone-reply`), 0 to 65535; absent for none. */
  readonly zone?: number | undefined;
}

/** An entry of the connection tracking table. */
export interface Flow {
  /** Transport protocol. */
  readonly protocol: FlowProtocol;
  /** As the first packet came. */
  readonly original: Tuple;
  /** As answers are expected, from behind any translation of addresses: where IPVS sent the packet is the source. */
  readonly reply: Tuple;
  /** Seconds until it is forgotten, unless packets come. */
  readonly timeout: number;
  /** Mark (`ct mark`), 0 to 4294967295; 0 for none. */
  readonly mark: number;
  /** Tells entries of the same tuple apart, one after the other. */
  readonly id: number;
  /** The zone that it belongs to in both directions; absent for the default one, 0. */
  readonly zone?: number | undefined;
}

/** What identifies an entry. A {@link Flow} will do. */
export interface FlowKey {
  /** A protocol with ports. */
  readonly protocol: FlowProtocol;
  /** The tuple as the first packet came, ports included. */
  readonly original: Tuple;
  /** Of a flow that was listed: a later one of the same tuple is then left alone. */
  readonly id?: number | undefined;
  /** 0 to 65535. Default 0. */
  readonly zone?: number | undefined;
}

/** Which flows to list. */
export interface FlowFilter {
  /** Default: both. */
  readonly family?: 'inet' | 'inet6' | undefined;
  /** Transport protocol. Default: all. */
  readonly protocol?: FlowProtocol | undefined;
  /** The port in the original direction; needs a protocol. */
  readonly destinationPort?: number | undefined;
}

const TUPLE_PROPERTIES = [
  'source',
  'destination',
  'sourcePort',
  'destinationPort',
  'zone',
] as const satisfies (keyof Tuple)[];
const KEY_PROPERTIES = [
  'protocol',
  'original',
  'reply',
  'timeout',
  'mark',
  'id',
  'zone',
] as const satisfies (keyof Flow)[];
const FILTER_PROPERTIES = ['family', 'protocol', 'destinationPort'] as const satisfies (keyof FlowFilter)[];
const MAX_U32 = 0xffff_ffff;

const protocolNames = new Map<number, string>(Object.entries(protocols).map(([name, number]) => [number, name]));

/** Throws WireError. */
export function decodeFlow({ attributes }: RawMessage<FlowRows, FlowMembers>): Flow {
  const { original, reply, timeout = 0, mark = 0, id, zone } = attributes;
  const number = original?.transport?.protocol;
  if (!original || !reply || number === undefined) throw new WireError('is missing', 'original');
  if (id === undefined) throw new WireError('is missing', 'id');
  const protocol = (protocolNames.get(number) ?? `#${number}`) as FlowProtocol;
  return {
    protocol,
    original: decodeTuple(original),
    reply: decodeTuple(reply),
    timeout,
    mark,
    id,
    ...(zone !== undefined && { zone }),
  };
}

function decodeTuple({ addresses = {}, transport = {}, zone }: TupleFields): Tuple {
  const { source = addresses.source6, destination = addresses.destination6 } = addresses;
  if (source === undefined || destination === undefined) throw new WireError('is missing', 'addresses');
  const { sourcePort, destinationPort } = transport;
  return {
    source,
    destination,
    ...(sourcePort !== undefined && { sourcePort }),
    ...(destinationPort !== undefined && { destinationPort }),
    ...(zone !== undefined && { zone }),
  };
}

/** Throws InputError. */
export function encodeFlowKey(key: FlowKey): RawRequest<FlowRows, FlowMembers> {
  assertKnownProperties('flow', key, KEY_PROPERTIES);
  const { protocol, original, id, zone } = key;
  if (id !== undefined) assertInteger('flow.id', id, 0, MAX_U32);
  if (zone !== undefined) assertInteger('flow.zone', zone, 0, 65535);
  const { family, fields } = encodeTuple('flow.original', protocolNumber('flow.protocol', protocol), original);
  return { header: { nfgen_family: families[family] }, attributes: { original: fields, id, zone: zone || undefined } };
}

/** A tuple with ports, and its family. Throws InputError. */
export function encodeTuple(
  field: string,
  protocol: number,
  tuple: Tuple,
): { readonly family: 'inet' | 'inet6'; readonly fields: TupleFields } {
  assertKnownProperties(field, tuple, TUPLE_PROPERTIES);
  const { source, destination, sourcePort, destinationPort, zone } = tuple;
  const family = assertAddress(`${field}.source`, source);
  if (assertAddress(`${field}.destination`, destination) !== family)
    throw new InputError('must be of the same family as the source', destination, `${field}.destination`);
  assertInteger(`${field}.sourcePort`, sourcePort, 0, 65535);
  assertInteger(`${field}.destinationPort`, destinationPort, 0, 65535);
  if (zone !== undefined) assertInteger(`${field}.zone`, zone, 0, 65535);
  const addresses = family === 'inet' ? { source, destination } : { source6: source, destination6: destination };
  return {
    family,
    fields: { addresses, transport: { protocol, sourcePort, destinationPort }, zone: zone || undefined },
  };
}

/**
 * The requests that list, and whether a flow passes: kernels before 5.8 do not filter, and newer ones by tuple only within a
 * family (net/netfilter/nf_conntrack_netlink.c, ctnetlink_parse_tuple_filter). Throws InputError.
 */
export function encodeFlowFilter(filter: FlowFilter): {
  readonly requests: readonly RawRequest<FlowRows, FlowMembers>[];
  readonly passes: (flow: Flow) => boolean;
} {
  assertKnownProperties('filter', filter, FILTER_PROPERTIES);
  const { family, protocol, destinationPort } = filter;
  if (family !== undefined && !Object.hasOwn(families, family))
    throw new InputError('must be inet or inet6', family, 'filter.family');
  const number = protocol === undefined ? undefined : protocolNumber('filter.protocol', protocol);
  if (destinationPort !== undefined) {
    assertInteger('filter.destinationPort', destinationPort, 0, 65535);
    if (number === undefined) throw new InputError('needs a protocol', destinationPort, 'filter.destinationPort');
  }
  const named = (protocolNames.get(number ?? -1) ?? `#${number}`) as FlowProtocol;
  const attributes = number === undefined ? undefined : encodeMatch(number, destinationPort);
  const either = attributes === undefined ? [0] : [families.inet, families.inet6];
  const wanted = family === undefined ? either : [families[family]];
  return {
    requests: wanted.map((nfgen_family) => ({ header: { nfgen_family }, attributes })),
    passes: (flow) =>
      (number === undefined || flow.protocol === named) &&
      (destinationPort === undefined || flow.original.destinationPort === destinationPort),
  };
}

/** net/netfilter/nf_conntrack_netlink.c, ctnetlink_alloc_filter. */
function encodeMatch(protocol: number, destinationPort: number | undefined): Fields<FlowRows> {
  const port = destinationPort === undefined ? 0 : CTA_FILTER_F.PROTO_DST_PORT;
  return {
    original: { transport: { protocol, destinationPort } },
    filter: { original: CTA_FILTER_F.PROTO_NUM | port, reply: 0 },
  };
}

/** Throws InputError. */
export function protocolNumber(field: string, protocol: unknown): number {
  if (typeof protocol === 'string' && Object.hasOwn(protocols, protocol))
    return protocols[protocol as keyof typeof protocols];
  const number = parseNumbered(protocol) ?? Infinity;
  if (number <= 255) return number;
  throw new InputError(
    `must be one of ${Object.keys(protocols).join(', ')}, or '#' and a number up to 255`,
    protocol,
    field,
  );
}
