import type { Attribute, Attributes } from '../netlink/attributes.ts';
import { Refused } from '../netlink/refused.ts';
import { storedAddress } from '../servers/address.ts';
import type { DestinationIdentity, DestinationSetup } from '../servers/real-server.ts';
import { parseNest, validFamily } from './parse-service.ts';
import { destinationPolicy } from './policies.ts';

/** IP_VS_CONN_F_FWD_MASK, include/uapi/linux/ip_vs.h. */
const FORWARDING_MASK = 7;

type DestinationAttributes = Attributes<NonNullable<(typeof destinationPolicy)[number]>['key']>;

/** A destination as a request names it; family 0 stands for the service's. */
export interface NamedDestination {
  readonly family: number;
  readonly address: Buffer;
  readonly port: number;
  readonly attributes: DestinationAttributes;
}

/** The destination that a request is about (ip_vs_ctl.c, ip_vs_genl_parse_dest). Throws Refused. */
export function parseDestination(nest: Attribute | undefined): NamedDestination {
  const attributes = parseNest(nest, (given) => given.nested(destinationPolicy));
  const { address, port, family } = attributes;
  if (!address || !port) throw new Refused('EINVAL');
  return { family: family?.u16() ?? 0, address: address.bytes(16), port: port.port(), attributes };
}

/** The configuration of a destination in a request (same function, `full_entry`). Throws Refused. */
export function parseDestinationSetup({ attributes }: NamedDestination): DestinationSetup {
  const { forwarding, weight, upperThreshold, lowerThreshold, tunnelType, tunnelPort, tunnelChecksum } = attributes;
  if (!forwarding || !weight || !upperThreshold || !lowerThreshold) throw new Refused('EINVAL');
  return {
    forwarding: forwarding.u32() & FORWARDING_MASK,
    weight: weight.u32(),
    upperThreshold: upperThreshold.u32(),
    lowerThreshold: lowerThreshold.u32(),
    tunnelType: tunnelType?.u8() ?? 0,
    tunnelPort: tunnelPort?.port() ?? 0,
    tunnelFlags: tunnelChecksum?.u16() ?? 0,
  };
}

/** The identity of a named destination; a family that was left out is the service's. Throws Refused. */
export function identify({ family, address, port }: NamedDestination, serviceFamily: number): DestinationIdentity {
  const af = validFamily(family || serviceFamily);
  return { family: af, address: storedAddress(af, address), port };
}
