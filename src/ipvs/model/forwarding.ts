import { InputError } from '../../errors/input-error.ts';
import { unknownProperty } from '../../errors/known-properties.ts';
import type { Infer, Numbered } from '../../netlink/index.ts';
import { type destination, forwardingMethod, tunnelChecksum, tunnelType } from '../wire/tables.ts';
import { assertInteger, assertLiteral, assertObject } from './validate.ts';

/** What a tunnel's packets carry as checksum: none, the whole packet's, or a remote one. */
export type TunnelChecksum = 'nocsum' | 'csum' | 'remcsum' | Numbered;

/** A tunnel to a destination. */
export type Tunnel =
  | { readonly tunnel: 'ipip' }
  | {
      /** Generic UDP encapsulation. */
      readonly tunnel: 'gue';
      /** UDP port of the tunnel's far end, 1 to 65535. */
      readonly port: number;
      /** Default `'nocsum'`. */
      readonly checksum?: TunnelChecksum | undefined;
    }
  | {
      /** Generic routing encapsulation. */
      readonly tunnel: 'gre';
      /** `'nocsum'` or `'csum'`. Default `'nocsum'`. */
      readonly checksum?: TunnelChecksum | undefined;
    }
  | {
      /** A type the tables do not know, or options that its type has no use for. */
      readonly tunnel: 'ipip' | 'gre' | Numbered;
      readonly port?: number | undefined;
      readonly checksum?: TunnelChecksum | undefined;
    };

/**
 * How packets reach a destination: rewritten (`masquerade`), sent on as they are (`direct-route`), in a tunnel, taken by
 * this machine itself (`local`), or sent to where they were going (`bypass`, made by IPVS for caches).
 */
export type Forwarding = 'masquerade' | 'direct-route' | 'local' | 'bypass' | Numbered | Tunnel;

interface TunnelOptions {
  readonly tunnel: Tunnel['tunnel'];
  readonly port?: number | undefined;
  readonly checksum?: TunnelChecksum | undefined;
}

type DestinationFields = Infer<typeof destination>;
type ForwardingFields = Required<
  Pick<DestinationFields, 'forwarding' | 'tunnelType' | 'tunnelPort' | 'tunnelChecksum'>
>;

const { tunnel: _, ...untunneled } = forwardingMethod.names;

/** `IP_VS_CONN_F_FWD_MASK`. */
const MAX_METHOD = 7;

/** The attributes of a way to a destination. All of them are always sent: SET_DEST resets what it is not given. */
export function encodeForwarding(forwarding: Forwarding): ForwardingFields {
  if (typeof forwarding === 'object') return encodeTunnel(forwarding);
  assertLiteral('destination.forwarding', forwarding, untunneled, MAX_METHOD);
  return { forwarding, tunnelType: 'ipip', tunnelPort: 0, tunnelChecksum: 'nocsum' };
}

function encodeTunnel(forwarding: Tunnel): ForwardingFields {
  assertObject('destination.forwarding', forwarding);
  for (const property in forwarding)
    if (property !== 'tunnel' && property !== 'port' && property !== 'checksum')
      throw unknownProperty('destination.forwarding', forwarding, property, ['tunnel', 'port', 'checksum']);
  const { tunnel, port, checksum = 'nocsum' } = forwarding as TunnelOptions;
  assertLiteral('destination.forwarding.tunnel', tunnel, tunnelType.names, 0xff);
  assertLiteral('destination.forwarding.checksum', checksum, tunnelChecksum.names, 0xffff);
  if (tunnel === 'gue') assertInteger('destination.forwarding.port', port, 1, 0xffff);
  if ((tunnel === 'ipip' || tunnel === 'gre') && port !== undefined && port !== 0)
    throw new InputError(`is for gue; ${tunnel} has none`, port, 'destination.forwarding.port');
  if (tunnel === 'ipip' && checksum !== 'nocsum')
    throw new InputError('is for gue and gre; ipip has none', checksum, 'destination.forwarding.checksum');
  if (tunnel === 'gre' && checksum === 'remcsum')
    throw new InputError("must be 'nocsum' or 'csum' with gre", checksum, 'destination.forwarding.checksum');
  const tunnelPort = assertInteger('destination.forwarding.port', port ?? 0, 0, 0xffff);
  return { forwarding: 'tunnel', tunnelType: tunnel, tunnelPort, tunnelChecksum: checksum };
}

/** The way to a destination that the kernel sent. */
export function decodeForwarding(fields: DestinationFields): Forwarding {
  const { forwarding = 'masquerade', tunnelType: tunnel = 'ipip', tunnelPort: port = 0 } = fields;
  if (forwarding !== 'tunnel') return forwarding;
  const { tunnelChecksum: checksum = 'nocsum' } = fields;
  if (tunnel === 'gue') return { tunnel, port, checksum };
  const options = { ...(port !== 0 && { port }), ...((tunnel === 'gre' || checksum !== 'nocsum') && { checksum }) };
  return { tunnel, ...options };
}
