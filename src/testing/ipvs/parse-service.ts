import { protocols } from '../../ipvs/wire/numbers.ts';
import { ip_vs_flags } from '../../ipvs/wire/tables.ts';
import { readBuffer, structOf } from '../../netlink/index.ts';
import type { Attribute, Attributes } from '../netlink/attributes.ts';
import { Refused } from '../netlink/refused.ts';
import { AF_INET, AF_INET6, storedAddress } from '../servers/address.ts';
import type { ServiceIdentity } from '../servers/service-identity.ts';
import type { Namespace } from '../state/namespace.ts';
import type { ServiceSetup, VirtualService } from '../state/virtual-service.ts';
import { servicePolicy } from './policies.ts';

const flagsCodec = structOf(ip_vs_flags);

type ServiceAttributes = Attributes<NonNullable<(typeof servicePolicy)[number]>['key']>;

/** A service as a request names it, and the service of that name, where there is one. */
export interface NamedService {
  readonly identity: ServiceIdentity;
  readonly service: VirtualService | undefined;
  readonly attributes: ServiceAttributes;
}

/** The service that a request is about (ip_vs_ctl.c, ip_vs_genl_parse_service). Throws Refused. */
export function parseService(namespace: Namespace, nest: Attribute | undefined): NamedService {
  const attributes = parseNest(nest, (given) => given.nested(servicePolicy));
  const { family, protocol, address, port, fwmark } = attributes;
  if (!family || !(fwmark || (protocol && address && port))) throw new Refused('EINVAL');
  const af = validFamily(family.u16());
  const identity = fwmark
    ? { family: af, protocol: protocols.tcp, address: Buffer.alloc(16), port: 0, fwmark: fwmark.u32() }
    : {
        family: af,
        protocol: protocol?.u16() ?? 0,
        address: storedAddress(af, address?.bytes(16) ?? Buffer.alloc(16)),
        port: port?.port() ?? 0,
        fwmark: 0,
      };
  return { identity, service: namespace.services.find(identity), attributes };
}

/** The configuration of a service in a request, its flags merged with the current ones (same function, `full_entry`). Throws Refused. */
export function parseServiceSetup({ service, attributes }: NamedService): ServiceSetup {
  const { scheduler, engine, flags, timeout, netmask } = attributes;
  if (!scheduler || !flags || !timeout || !netmask) throw new Refused('EINVAL');
  const padded = readBuffer(flags.bytes(ip_vs_flags.size), flags.from.littleEndian);
  const { flags: bits, mask } = flagsCodec.read(padded, 0, ip_vs_flags.size, {});
  return {
    scheduler: scheduler.text(),
    engine: engine?.text() ?? '',
    flags: (((service?.flags ?? 0) & ~mask) | (bits & mask)) >>> 0,
    timeout: timeout.u32(),
    netmask: netmask.u32(),
  };
}

/** Parses a nest; any error within it becomes EINVAL. */
export function parseNest<T>(nest: Attribute | undefined, parse: (nest: Attribute) => T): T {
  if (!nest) throw new Refused('EINVAL');
  try {
    return parse(nest);
  } catch (error) {
    throw error instanceof Refused ? new Refused('EINVAL') : error;
  }
}

export function validFamily(family: number): number {
  if (family !== AF_INET && family !== AF_INET6) throw new Refused('EAFNOSUPPORT');
  return family;
}
