import { commands } from '../../conntrack/wire/commands.ts';
import {
  CTA_FILTER_F,
  families,
  flow as flowTable,
  nfgenmsg,
  type tuple as tupleTable,
} from '../../conntrack/wire/flow.ts';
import type { Fields, ReadBuffer, WriteBuffer } from '../../netlink/index.ts';
import { writeHeader } from '../../netlink/raw/header.ts';
import type { Message, MessageListing } from '../netlink/protocol.ts';
import { Refused } from '../netlink/refused.ts';
import type { Request } from '../netlink/request.ts';
import type { FlowTable, FlowTuple, TrackedFlow } from '../state/flow-table.ts';

type FlowFields = Fields<(typeof flowTable)['rows']>;
type TupleFields = Fields<(typeof tupleTable)['rows']>;

/** IPS_CONFIRMED and IPS_SEEN_REPLY, include/uapi/linux/netfilter/nf_conntrack_common.h. */
const STATUS = 0x0a;

/** Reads one entry by its tuple (net/netfilter/nf_conntrack_netlink.c, ctnetlink_get_conntrack). Throws Refused. */
export function getFlow(flows: FlowTable, request: Request): Message {
  const found = existing(flows, request);
  return { type: commands.get.replyType, fill: (to) => fillFlow(to, found) };
}

/** ctnetlink_del_conntrack: without a tuple it removes all. Throws Refused. */
export function deleteFlow(flows: FlowTable, request: Request): undefined {
  if (!attributesOf(request).original) for (const each of flows.list()) flows.remove(each);
  else flows.remove(existing(flows, request));
  return undefined;
}

/** A filter by tuple is within a family (ctnetlink_parse_tuple_filter). Throws Refused. */
export function checkListing(request: Request): void {
  const { nfgen_family } = request.header(nfgenmsg);
  if (attributesOf(request).filter && nfgen_family !== families.inet && nfgen_family !== families.inet6)
    throw new Refused('EOPNOTSUPP');
}

/** ctnetlink_dump_table, ctnetlink_filter_match. */
export function listFlows(flows: FlowTable, request: Request): MessageListing {
  const { nfgen_family } = request.header(nfgenmsg);
  const { original, filter } = attributesOf(request);
  const { protocol, destinationPort } = original?.transport ?? {};
  const matched = filter?.original ?? 0;
  const entries = flows
    .list()
    .filter(
      ({ original: each }) =>
        (nfgen_family === 0 || each.family === nfgen_family) &&
        (!(matched & CTA_FILTER_F.PROTO_NUM) || each.protocol === protocol) &&
        (!(matched & CTA_FILTER_F.PROTO_DST_PORT) || each.destinationPort === destinationPort),
    );
  return { type: commands.get.replyType, entries, fill: (to, entry) => fillFlow(to, entry as TrackedFlow) };
}

/** The entry of a request's tuple, and of its id where it has one. Throws Refused. */
function existing(flows: FlowTable, request: Request): TrackedFlow {
  const { original, id, zone = 0 } = attributesOf(request);
  const tuple = tupleOf(request, original);
  // ctnetlink_parse_tuple_zone: it takes the place of the default zone alone.
  if (zone !== 0 && tuple.zone !== 0) throw new Refused('EINVAL');
  const found = flows.find(zone, tuple);
  if (!found || (id !== undefined && id !== found.id)) throw new Refused('ENOENT');
  return found;
}

/** ctnetlink_parse_tuple. Throws Refused. */
function tupleOf(request: Request, fields: TupleFields | undefined): FlowTuple {
  const { source = fields?.addresses?.source6, destination = fields?.addresses?.destination6 } =
    fields?.addresses ?? {};
  const { protocol, sourcePort, destinationPort } = fields?.transport ?? {};
  if (source === undefined || destination === undefined || protocol === undefined) throw new Refused('EINVAL');
  if (sourcePort === undefined || destinationPort === undefined) throw new Refused('EINVAL');
  const { nfgen_family: family } = request.header(nfgenmsg);
  return { family, protocol, source, destination, sourcePort, destinationPort, zone: fields?.zone ?? 0 };
}

/** The attributes by the table itself: the policies of ctnetlink ask for nothing but lengths. Throws Refused. */
function attributesOf(request: Request): FlowFields {
  const fields = request.decode((from: ReadBuffer, at, length) => flowTable.read(from, at, length, {}));
  if (!fields) throw new Refused('ERANGE');
  return fields;
}

/** Part of what ctnetlink_fill_info writes: the attributes that the client reads. */
function fillFlow(to: WriteBuffer, { original, reply, id, timeout, mark, zone }: TrackedFlow): void {
  writeHeader(nfgenmsg, to, to.reserve(nfgenmsg.size), { nfgen_family: original.family });
  const fields: FlowFields = {
    original: fieldsOf(original),
    reply: fieldsOf(reply),
    status: STATUS,
    timeout,
    mark,
    id,
    ...(zone !== 0 && { zone }),
  };
  flowTable.write(to, fields, {});
}

function fieldsOf({
  family,
  protocol,
  source,
  destination,
  sourcePort,
  destinationPort,
  zone,
}: FlowTuple): TupleFields {
  const addresses =
    family === families.inet6 ? { source6: source, destination6: destination } : { source, destination };
  return { addresses, transport: { protocol, sourcePort, destinationPort }, ...(zone !== 0 && { zone }) };
}
