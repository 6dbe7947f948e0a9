import { canonicalAddress, familyOf, type Network, parseNetwork } from './address.ts';
import { type FieldReader, type Parsed, parseFields } from './field-reader.ts';
import type { ObjectBase } from './object.ts';

/** Label of a Node with the zone that it is in. */
export const ZONE_LABEL = 'topology.kubernetes.io/zone';
/** Key of the taint on a node that the cluster autoscaler is about to delete. */
export const AUTOSCALER_TAINT = 'ToBeDeletedByClusterAutoscaler';

/** A Node: what the agent reads of it. */
export interface Node extends ObjectBase {
  readonly kind: 'Node';
  /** The label {@link ZONE_LABEL}. */
  readonly zone: string | undefined;
  /** Addresses of `status.addresses` that are no host names, canonical, without duplicates. */
  readonly addresses: readonly string[];
  /** The first address of each family: an InternalIP, or an ExternalIP where there is none. */
  readonly primaryAddresses: readonly string[];
  /** `spec.podCIDRs`: addresses of the node's own pods. */
  readonly podCIDRs: readonly Network[];
  /** Whether the node is being deleted, or carries {@link AUTOSCALER_TAINT}: load balancers are to leave it. */
  readonly leaving: boolean;
}

/** Reads a Node as the API or YAML has it. Never throws; see {@link Parsed}. */
export function parseNode(raw: unknown): Parsed<Node> {
  return parseFields('Node', raw, (fields, base, metadata) => {
    const spec = fields.object('spec');
    const addresses = parseAddresses(fields.object('status'));
    return {
      ...base,
      zone: metadata.object('labels').string(ZONE_LABEL) || undefined,
      addresses: [...new Set(addresses)],
      primaryAddresses: addresses.filter(
        (address, i) => addresses.findIndex((other) => familyOf(other) === familyOf(address)) === i,
      ),
      podCIDRs: spec.strings('podCIDRs', parseNetwork, 'must be a network such as 10.244.1.0/24'),
      leaving:
        metadata.has('deletionTimestamp') ||
        spec.objects('taints', (taint) => [taint.string('key')]).includes(AUTOSCALER_TAINT),
    };
  });
}

/** Internal addresses, then external ones, as in `GetNodeHostIPs` of Kubernetes. */
function parseAddresses(status: FieldReader): string[] {
  const all = status.objects('addresses', (each) => [{ type: each.string('type'), address: readAddress(each) }]);
  return ['InternalIP', 'ExternalIP'].flatMap((type) =>
    all.flatMap((each) => (each.type === type && each.address !== undefined ? [each.address] : [])),
  );
}

function readAddress(fields: FieldReader): string | undefined {
  if (!/IP$/.test(fields.string('type') ?? '')) return undefined; // a host name, or a DNS name of a cloud
  const text = fields.string('address') ?? '';
  return canonicalAddress(text) ?? fields.reject('address', 'must be an address');
}
