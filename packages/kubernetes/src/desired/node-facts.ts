import { InputError } from 'ipvs';
import {
  type AddressFamily,
  canonicalAddress,
  familyOf,
  isConfined,
  type Network,
  parseNetwork,
} from '../objects/address.ts';
import type { Node } from '../objects/node.ts';
import type { Settings } from './options.ts';

/** What is known of the node beside the objects of the API. What is given here goes before what its Node object says. */
export interface NodeFacts {
  /** Name of the Node object, with which endpoints name the node that they are on. */
  readonly name: string;
  /**
   * Addresses on every interface of the node but the agent's own, on which it binds those of Services. One that is on both
   * belongs here.
   */
  readonly addresses: readonly string[];
  /** Zone of the node. Default: the Node's label `topology.kubernetes.io/zone`. */
  readonly zone?: string | undefined;
  /** The node's own address of each family. Default: the Node's, internal ones before external ones. */
  readonly primaryAddresses?: readonly string[] | undefined;
  /**
   * Networks of the pods, which reach cluster IPs with their own address; everybody else is masqueraded. Default:
   * `spec.podCIDRs` of the Node. In a family without any, only the node's own connections are.
   */
  readonly podCIDRs?: readonly string[] | undefined;
}

/** The node as the mapping needs it. */
export interface NodeContext {
  readonly name: string;
  readonly zone: string | undefined;
  /** Addresses on its interfaces, canonical. */
  readonly addresses: ReadonlySet<string>;
  /** Addresses that are its own although they may be on none of its interfaces, such as one that a cloud translates. */
  readonly ownAddresses: ReadonlySet<string>;
  readonly nodePortAddresses: Readonly<Record<AddressFamily, readonly string[]>>;
  readonly podCIDRs: Readonly<Record<AddressFamily, readonly string[]>>;
}

/** Checks facts and joins them with the Node object. Throws InputError. */
export function nodeContext(facts: NodeFacts, node: Node | undefined, settings: Settings): NodeContext {
  if (!facts.name) throw new InputError('must not be empty', facts.name, 'node.name');
  const addresses = canonicalAddresses(facts.addresses, 'node.addresses');
  const primary = facts.primaryAddresses
    ? canonicalAddresses(facts.primaryAddresses, 'node.primaryAddresses')
    : (node?.primaryAddresses ?? []);
  const pods = facts.podCIDRs?.map(parsePodNetwork) ?? node?.podCIDRs ?? [];
  const podsOf = (family: AddressFamily) => pods.filter((each) => each.family === family).map(({ text }) => text);
  const candidates = settings.nodePortAddresses === 'primary' ? primary : addresses;
  return {
    name: facts.name,
    zone: facts.zone ?? node?.zone,
    addresses: new Set(addresses),
    ownAddresses: new Set([...addresses, ...primary, ...(node?.addresses ?? [])]),
    nodePortAddresses: {
      inet: choose(candidates, 'inet', settings),
      inet6: choose(candidates, 'inet6', settings),
    },
    podCIDRs: { inet: podsOf('inet'), inet6: podsOf('inet6') },
  };
}

/** As kube-proxy has it: a family that no network is of has all of its addresses; loopback and IPv6 link-local never count. */
function choose(candidates: readonly string[], family: AddressFamily, { nodePortAddresses }: Settings): string[] {
  const ofFamily = [...new Set(candidates)].filter((address) => familyOf(address) === family && !isConfined(address));
  if (nodePortAddresses === 'primary') return ofFamily.sort();
  const networks = nodePortAddresses.filter((network) => network.family === family);
  return ofFamily.filter((address) => networks.length === 0 || networks.some((network) => network.has(address))).sort();
}

function canonicalAddresses(texts: readonly string[], path: string): string[] {
  return texts.map((text, i) => {
    // The kernel writes the link of a link-local address behind it.
    const address = canonicalAddress(text.replace(/%.*$/, ''));
    if (address === undefined) throw new InputError('must be an address', text, `${path}[${i}]`);
    return address;
  });
}

function parsePodNetwork(text: string, index: number): Network {
  const network = parseNetwork(text);
  if (network) return network;
  throw new InputError('must be a network such as 10.244.1.0/24', text, `node.podCIDRs[${index}]`);
}
