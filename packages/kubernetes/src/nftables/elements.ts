/** A transport protocol of Services. */
export type TransportProtocol = 'tcp' | 'udp' | 'sctp';

/** An address of either family with a port: a virtual service, a node port on one node address, or an endpoint. */
export interface TransportAddress {
  /** IPv4 or IPv6; the family decides in which table the element goes. */
  readonly address: string;
  readonly protocol: TransportProtocol;
  readonly port: number;
}

/** A virtual service that only some sources may reach. */
export interface RestrictedAddress extends TransportAddress {
  /**
   * Sources, as CIDRs or addresses, of the service's own family; everyone else is dropped, so with none all are. A node
   * reaches its own VIP with that VIP as the source: name the VIP itself where the node may.
   */
  readonly sources: readonly string[];
}

/** A virtual service that clients in the cluster are to reach as the IPVS service of a firewall mark. */
export interface MarkedAddress extends TransportAddress {
  /** 1 to 4294967295. IPVS compares it whole, so it is the packet's only mark. */
  readonly mark: number;
}

/**
 * Everything that the rules look up: the members of the sets of the agent's nftables tables. Both families are mixed; the
 * order has no meaning, and what is there twice counts once.
 */
export interface Elements {
  /**
   * CIDRs of the pods whose packets come back through this node whatever their source address, so that they are not
   * masqueraded on the way to a cluster IP: the cluster's pods.
   */
  readonly pods: readonly string[];
  /** Addresses that are bound for Services. New connections to them are refused on every port that is not in `services`. */
  readonly vips: readonly string[];
  /** The virtual services on these addresses. */
  readonly services: readonly TransportAddress[];
  /** Where clients outside the pods' CIDRs are masqueraded: cluster IPs. */
  readonly masqueradeFromOutside: readonly TransportAddress[];
  /** Where this node alone is masqueraded: cluster IPs of a family whose pods are not known. */
  readonly masqueradeFromNode: readonly TransportAddress[];
  /** Where all clients are masqueraded: node ports, external IPs and load balancers of the policy `Cluster`. */
  readonly masquerade: readonly TransportAddress[];
  /** Endpoints on this node, which must see another source than themselves when they reach themselves through a VIP. */
  readonly hairpins: readonly TransportAddress[];
  /** Virtual services with `loadBalancerSourceRanges`. */
  readonly restricted: readonly RestrictedAddress[];
  /** Virtual services that clients among the pods, and this node itself, reach by a firewall mark. */
  readonly marks: readonly MarkedAddress[];
}

/** No element in any set. */
export const noElements: Elements = {
  pods: [],
  vips: [],
  services: [],
  masqueradeFromOutside: [],
  masqueradeFromNode: [],
  masquerade: [],
  hairpins: [],
  restricted: [],
  marks: [],
};
