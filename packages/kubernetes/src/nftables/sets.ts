import { canonicalAddress, familyOf, parseNetwork } from '../objects/address.ts';
import type { Elements, TransportAddress, TransportProtocol } from './elements.ts';
import type { Family, Json } from './json.ts';
import { outermost } from './outermost.ts';

/** The sets of a table. */
export type SetName =
  | 'pods'
  | 'vips'
  | 'services'
  | 'masquerade'
  | 'masquerade-from-outside'
  | 'masquerade-from-node'
  | 'hairpins'
  | 'restricted'
  | `allowed-${TransportProtocol}`
  | 'marks'
  | 'same-address';

/** The members of the sets of one table, by a text that is the same for equal ones, as nft takes and shows them. */
export type SetMembers = ReadonlyMap<SetName, ReadonlyMap<string, Json>>;

/** How a set is declared: what its keys are made of, what they lead to, and whether they are blocks of addresses. */
interface SetDeclaration {
  readonly key: readonly ('address' | 'inet_proto' | 'inet_service')[];
  readonly value?: 'address' | 'mark';
  readonly interval?: true;
}

const transport = ['address', 'inet_proto', 'inet_service'] as const;
const allowed: SetDeclaration = { key: ['address', 'inet_service', 'address'], interval: true };

/**
 * All sets. `allowed-…` hold the sources of what is `restricted`, each of a protocol: with `meta l4proto` in a key of blocks nft
 * 1.0.6 makes a conversion of one byte, which kernels up to 6.12 refuse. `same-address` leads each VIP to itself.
 */
export const sets: Readonly<Record<SetName, SetDeclaration>> = {
  pods: { key: ['address'], interval: true },
  vips: { key: ['address'] },
  services: { key: transport },
  masquerade: { key: transport },
  'masquerade-from-outside': { key: transport },
  'masquerade-from-node': { key: transport },
  hairpins: { key: [...transport, 'address'] },
  restricted: { key: transport },
  'allowed-tcp': allowed,
  'allowed-udp': allowed,
  'allowed-sctp': allowed,
  marks: { key: transport, value: 'mark' },
  'same-address': { key: ['address'], value: 'address' },
};

export const setNames = Object.keys(sets) as SetName[];

/** Declares a set, or a map where its keys lead to something. */
export function declareSet(family: Family, table: string, name: SetName): Json {
  const { key, value, interval } = sets[name];
  const typeOf = (part: string) => (part === 'address' ? (family === 'ip' ? 'ipv4_addr' : 'ipv6_addr') : part);
  const [first = '', ...others] = key.map(typeOf);
  const declared = {
    family,
    table,
    name,
    type: others.length === 0 ? first : [first, ...others],
    ...(interval && { flags: ['interval'] }),
  };
  return value === undefined ? { set: declared } : { map: { ...declared, map: typeOf(value) } };
}

/** The families of tables, as addresses have them. */
const families = { ip: 'inet', ip6: 'inet6' } as const;

// By number, since the names need /etc/protocols, which small images do not have.
export const protocolNumbers = { tcp: 6, udp: 17, sctp: 132 } as const;
export const protocolNames = Object.keys(protocolNumbers) as TransportProtocol[];

/** The members of the sets of a family. What is no address is passed over: it was refused where it came from. */
export function membersOf(family: Family, elements: Elements): SetMembers {
  const members = new Map<SetName, Map<string, Json>>(setNames.map((name) => [name, new Map()]));
  const ours = (address: string) => familyOf(canonical(address)) === families[family];
  const add = (set: SetName, member: Json) => members.get(set)?.set(memberId(member), member);
  const addAll = (set: SetName, addresses: readonly TransportAddress[]) => {
    for (const each of addresses) if (ours(each.address)) add(set, concat(each));
  };
  for (const block of blocksOf(family, elements.pods)) add('pods', block);
  for (const vip of elements.vips) {
    if (!ours(vip)) continue;
    const address = canonical(vip);
    add('vips', address);
    add('same-address', [address, address]);
  }
  addAll('services', elements.services);
  addAll('masquerade', elements.masquerade);
  addAll('masquerade-from-outside', elements.masqueradeFromOutside);
  addAll('masquerade-from-node', elements.masqueradeFromNode);
  for (const each of elements.hairpins) if (ours(each.address)) add('hairpins', concat(each, canonical(each.address)));
  for (const each of elements.marks) if (ours(each.address)) add('marks', [concat(each), each.mark]);
  for (const [key, { service, sources }] of restrictions(elements)) {
    if (!ours(service.address) || sources.some(isEverybody)) continue;
    members.get('restricted')?.set(key, concat(service));
    const { address, protocol, port } = service;
    for (const block of blocksOf(family, sources))
      add(`allowed-${protocol}`, { concat: [canonical(address), port, block] });
  }
  return members;
}

/** The sources of each restricted service, of all elements that name it. */
function restrictions({ restricted }: Elements) {
  const services = new Map<string, { readonly service: TransportAddress; readonly sources: string[] }>();
  for (const { sources, ...service } of restricted) {
    const key = memberId(concat(service));
    const known = services.get(key);
    if (known) known.sources.push(...sources);
    else services.set(key, { service, sources: [...sources] });
  }
  return services;
}

function isEverybody(source: string): boolean {
  return parseNetwork(source)?.prefix === 0;
}

function concat({ address, protocol, port }: TransportAddress, more?: Json): Json {
  const parts = [canonical(address), protocolNumbers[protocol], port];
  return { concat: more === undefined ? parts : [...parts, more] };
}

/** Networks of a family, as nft shows them: one address alone is no prefix. */
function blocksOf(family: Family, texts: readonly string[]): Json[] {
  const longest = family === 'ip' ? 32 : 128;
  const networks = texts.flatMap((text) => {
    const network = parseNetwork(text);
    return network?.family === families[family] ? [network] : [];
  });
  return outermost(networks).map(({ address, prefix }) =>
    prefix === longest ? address : { prefix: { addr: address, len: prefix } },
  );
}

/** An address as nft shows it. What is none is left as it is. */
function canonical(address: string): string {
  return canonicalAddress(address) ?? address;
}

/** The virtual services that the members of a table name. What is of another form is passed over: it is not ours. */
export function recordedIn(members: SetMembers): Pick<Elements, 'services' | 'marks'> {
  const services = [...(members.get('services')?.values() ?? [])].flatMap(parseTransport);
  const marks = [...(members.get('marks')?.values() ?? [])].flatMap((member) => {
    const [key, mark] = Array.isArray(member) ? (member as readonly Json[]) : [];
    return typeof mark === 'number' ? parseTransport(key).map((address) => ({ ...address, mark })) : [];
  });
  return { services, marks };
}

function parseTransport(member: Json | undefined): TransportAddress[] {
  const { concat: parts } = (member ?? {}) as { readonly concat?: readonly Json[] };
  const [address, protocol, port] = parts ?? [];
  const name = protocolNames.find((each) => each === protocol || protocolNumbers[each] === protocol);
  return typeof address === 'string' && typeof port === 'number' && name ? [{ address, protocol: name, port }] : [];
}

/** The same text for equal members, however nft shows them. */
export function memberId(member: Json): string {
  return JSON.stringify(member, (_key, value) => protocolNumbers[value as keyof typeof protocolNumbers] ?? value);
}
