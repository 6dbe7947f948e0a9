import { InputError } from '../../errors/input-error.ts';
import { assertKnownProperties } from '../../errors/known-properties.ts';
import { assertInteger } from '../../errors/validate.ts';
import { type Numbered, parseNumbered } from '../../netlink/codec/numbered.ts';
import type { Infer } from '../../netlink/index.ts';
import { forwardingMethods, tunnelChecksums, tunnelTypes } from '../wire/numbers.ts';
import type { destination } from '../wire/tables.ts';
import { assertLiteral, present } from './validate.ts';

/**
 * Checksum of a tunnel's packets (`IP_VS_TUNNEL_ENCAP_FLAG_*`): none, that of the whole packet, or remote checksum
 * offload. A value the tables do not know is read as `'#3'`.
 */
export type TunnelChecksum = 'nocsum' | 'csum' | 'remcsum' | Numbered;

/** A tunnel that puts packets into IP packets (RFC 2003). */
export interface IpipTunnel {
  /** Type of the tunnel, `IP_VS_CONN_F_TUNNEL_TYPE_IPIP`. */
  readonly tunnel: 'ipip';
  /** Absent: IPIP has no ports. */
  readonly port?: undefined;
  /** Absent: IPIP has no checksum. */
  readonly checksum?: undefined;
}

/** A tunnel of generic UDP encapsulation, since Linux 5.3. */
export interface GueTunnel {
  /** Type of the tunnel, `IP_VS_CONN_F_TUNNEL_TYPE_GUE`. */
  readonly tunnel: 'gue';
  /** UDP port of the tunnel's far end, 1 to 65535. */
  readonly port: number;
  /** Checksum of the packets. Default `'nocsum'`. */
  readonly checksum?: TunnelChecksum | undefined;
}

/** A tunnel of generic routing encapsulation, since Linux 5.3. */
export interface GreTunnel {
  /** Type of the tunnel, `IP_VS_CONN_F_TUNNEL_TYPE_GRE`. */
  readonly tunnel: 'gre';
  /** Absent: GRE has no ports. */
  readonly port?: undefined;
  /** Checksum of the packets. Default `'nocsum'`. */
  readonly checksum?: 'nocsum' | 'csum' | Numbered | undefined;
}

/**
 * A tunnel by the number of its type: one that the tables do not know, or one with options for which its type has no use,
 * such as `{ tunnel: '#0', port: 7 }`, IPIP with a port, which the kernel keeps and ignores.
 */
export interface NumberedTunnel {
  /** Type of the tunnel, `'#0'` to `'#255'`. */
  readonly tunnel: Numbered;
  /** UDP port, 0 to 65535. Default 0. */
  readonly port?: number | undefined;
  /** Checksum of the packets. Default `'nocsum'`. */
  readonly checksum?: TunnelChecksum | undefined;
}

/** A tunnel to a destination. Only a tunnel carries one address family's packets in the other's. */
export type Tunnel = IpipTunnel | GueTunnel | GreTunnel | NumberedTunnel;

/**
 * The way of packets to a destination (`IP_VS_CONN_F_FWD_MASK`): rewritten (`masquerade`), sent on as they are
 * (`direct-route`), in a tunnel, taken by this machine itself (`local`), or sent to where they were going (`bypass`, made
 * by IPVS for caches).
 */
export type Forwarding = 'masquerade' | 'direct-route' | 'local' | 'bypass' | Numbered | Tunnel;

type DestinationFields = Infer<typeof destination>;
type ForwardingFields = Required<
  Pick<DestinationFields, 'forwarding' | 'tunnelType' | 'tunnelPort' | 'tunnelChecksum'>
>;

const { tunnel: _, ...untunneled } = forwardingMethods;

/** The default, made once: most destinations have it. */
const MASQUERADE = untunneledFields('masquerade');

/** `IP_VS_CONN_F_FWD_MASK`. */
const MAX_METHOD = 7;

/** The attributes of a way to a destination. All of them are always sent: SET_DEST resets what it is not given. */
export function encodeForwarding(forwarding: Forwarding): ForwardingFields {
  if (forwarding === 'masquerade') return MASQUERADE;
  if (typeof forwarding === 'object') return encodeTunnel(forwarding);
  assertLiteral('destination.forwarding', forwarding, untunneled, MAX_METHOD, ["a tunnel such as { tunnel: 'ipip' }"]);
  return untunneledFields(forwarding);
}

function untunneledFields(forwarding: ForwardingFields['forwarding']): ForwardingFields {
  return { forwarding, tunnelType: 'ipip', tunnelPort: 0, tunnelChecksum: 'nocsum' };
}

function encodeTunnel(forwarding: Tunnel): ForwardingFields {
  const field = 'destination.forwarding';
  assertKnownProperties(field, forwarding, ['tunnel', 'port', 'checksum']);
  const { tunnel, port, checksum = 'nocsum' } = forwarding;
  assertLiteral(`${field}.tunnel`, tunnel, tunnelTypes, 0xff);
  assertLiteral(`${field}.checksum`, checksum, tunnelChecksums, 0xffff);
  if (tunnel === 'gue') assertInteger(`${field}.port`, port, 1, 0xffff);
  if ((tunnel === 'ipip' || tunnel === 'gre') && port !== undefined)
    throw new InputError(`is for gue; ${tunnel} has none`, port, `${field}.port`);
  if (tunnel === 'ipip' && forwarding.checksum !== undefined)
    throw new InputError('is for gue and gre; ipip has none', checksum, `${field}.checksum`);
  if (tunnel === 'gre' && checksum === 'remcsum')
    throw new InputError("must be 'nocsum' or 'csum' with gre", checksum, `${field}.checksum`);
  const tunnelPort = assertInteger(`${field}.port`, port ?? 0, 0, 0xffff);
  return { forwarding: 'tunnel', tunnelType: tunnel, tunnelPort, tunnelChecksum: checksum };
}

/** The way to a destination that the kernel sent; kernels without types of tunnels (before 5.2) know IPIP. */
export function decodeForwarding(fields: DestinationFields): Forwarding {
  const forwarding = present('destination.forwarding', fields.forwarding);
  return forwarding === 'tunnel' ? decodeTunnel(fields) : forwarding;
}

function decodeTunnel(fields: DestinationFields): Tunnel {
  const { tunnelType: tunnel = 'ipip', tunnelPort: port = 0, tunnelChecksum: checksum = 'nocsum' } = fields;
  if (tunnel === 'gue') return { tunnel, port, checksum };
  if (tunnel === 'ipip' && port === 0 && checksum === 'nocsum') return { tunnel };
  if (tunnel === 'gre' && port === 0 && checksum !== 'remcsum') return { tunnel, checksum };
  return {
    tunnel: tunnel === 'ipip' || tunnel === 'gre' ? `#${tunnelTypes[tunnel]}` : tunnel,
    ...(port !== 0 && { port }),
    ...(checksum !== 'nocsum' && { checksum }),
  };
}

/** Compares two ways to a destination, however their defaults and numbers are written. */
export function sameForwarding(a: Forwarding, b: Forwarding): boolean {
  if (a === b) return true;
  const [left, right] = [forwardingNumbers(a), forwardingNumbers(b)];
  return left.every((number, i) => number === right[i]);
}

function forwardingNumbers(forwarding: Forwarding): (number | undefined)[] {
  if (typeof forwarding === 'string') return [numberOf(forwardingMethods, forwarding)];
  const { tunnel, port = 0, checksum = 'nocsum' } = forwarding;
  const type = numberOf(tunnelTypes, tunnel);
  return [forwardingMethods.tunnel, type, port, numberOf(tunnelChecksums, checksum)];
}

function numberOf(names: Readonly<Record<string, number>>, name: string): number | undefined {
  return parseNumbered(name) ?? names[name];
}
