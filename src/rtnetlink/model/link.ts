import { InputError } from '../../errors/input-error.ts';
import { assertKnownProperties } from '../../errors/known-properties.ts';
import { assertInteger, assertName } from '../../errors/validate.ts';
import { type Numbered, type RawMessage, type RawRequest, WireError } from '../../netlink/index.ts';
import { flagsOf, masksOf } from '../wire/flags.ts';
import { IFF, type ifinfomsg, type link } from '../wire/link.ts';

type LinkRows = (typeof link)['rows'];
type LinkMembers = (typeof ifinfomsg)['members'];

/** A flag of a link (`IFF_*`, include/uapi/linux/if.h), by the name that `ip link` shows. */
export type LinkFlag =
  | 'UP'
  | 'BROADCAST'
  | 'DEBUG'
  | 'LOOPBACK'
  | 'POINTOPOINT'
  | 'NOTRAILERS'
  | 'RUNNING'
  | 'NOARP'
  | 'PROMISC'
  | 'ALLMULTI'
  | 'MASTER'
  | 'SLAVE'
  | 'MULTICAST'
  | 'PORTSEL'
  | 'AUTOMEDIA'
  | 'DYNAMIC'
  | 'LOWER_UP'
  | 'DORMANT'
  | 'ECHO';

/** A flag that can be set, as `ip link set` does. */
export type SettableLinkFlag = 'UP' | 'NOARP' | 'MULTICAST' | 'ALLMULTI' | 'PROMISC' | 'DYNAMIC';

/** Flags to set (`true`) or to clear (`false`). */
export type SettableLinkFlags = { readonly [Flag in SettableLinkFlag]?: boolean | undefined };

/** Flags by name: those that are set; a bit without a name here is `'#524288'`. */
export type LinkFlags = { readonly [Flag in LinkFlag | Numbered]?: boolean | undefined };

/** Operational state (RFC 2863), by the name that `ip link` shows. */
export type OperState = 'UNKNOWN' | 'NOTPRESENT' | 'DOWN' | 'LOWERLAYERDOWN' | 'TESTING' | 'DORMANT' | 'UP' | Numbered;

/** A network interface. */
export interface Link {
  /** Its number in the network namespace, 1 or more. */
  readonly index: number;
  /** Its name, 1 to 15 bytes. */
  readonly name: string;
  /** The kind of a virtual link, as `ip link add type` takes it: `'dummy'`. Absent for hardware and `lo`. */
  readonly kind?: string | undefined;
  /** Its flags. */
  readonly flags: LinkFlags;
  /** Largest packet in bytes. */
  readonly mtu: number;
  /** Operational state: a dummy that is up is `'UNKNOWN'`. */
  readonly operstate: OperState;
  /** Link-layer address: `'02:00:5e:10:00:01'`. Absent where the link has none. */
  readonly address?: string | undefined;
}

/** A link to create. */
export interface LinkSpec {
  /** 1 to 15 printable ASCII characters without spaces, slashes or colons. */
  readonly name: string;
  /** A kind that needs no settings of its own: `'dummy'`, `'ifb'`, `'bridge'`. The kernel loads its module. */
  readonly kind: string;
  /** Flags to set (`true`) or clear (`false`); the others are as the kind has them. A dummy has NOARP and is down. */
  readonly flags?: SettableLinkFlags | undefined;
  /** Largest packet in bytes, 0 to 2147483647. Default: that of the kind, 1500 for a dummy. */
  readonly mtu?: number | undefined;
  /** Link-layer address. Default: a random one. */
  readonly address?: string | undefined;
}

const SETTABLE = ['UP', 'NOARP', 'MULTICAST', 'ALLMULTI', 'PROMISC', 'DYNAMIC'] as const satisfies SettableLinkFlag[];
const PROPERTIES = ['name', 'kind', 'flags', 'mtu', 'address'] as const satisfies (keyof LinkSpec)[];

/** `IF_OPER_*`, include/uapi/linux/if.h, by number. */
const OPER_STATES = ['UNKNOWN', 'NOTPRESENT', 'DOWN', 'LOWERLAYERDOWN', 'TESTING', 'DORMANT', 'UP'] as const;

/** IFNAMSIZ less its NUL. */
const MAX_NAME = 15;
/** MODULE_NAME_LEN of the kernel less the `rtnl-link-` before a kind (net/core/rtnetlink.c). */
const MAX_KIND = 45;
const INT_MAX = 0x7fff_ffff;

/** Throws WireError. */
export function decodeLink({ header, attributes }: RawMessage<LinkRows, LinkMembers>): Link {
  const { name, mtu, operstate = 0, info, address } = attributes;
  if (name === undefined || mtu === undefined) throw new WireError('is missing', name === undefined ? 'name' : 'mtu');
  return {
    index: header.ifi_index,
    name,
    ...(info?.kind !== undefined && { kind: info.kind }),
    flags: flagsOf(IFF, header.ifi_flags),
    mtu,
    operstate: OPER_STATES[operstate] ?? `#${operstate}`,
    ...(address !== undefined && { address }),
  };
}

/** Throws InputError. */
export function encodeLink(spec: LinkSpec): RawRequest<LinkRows, LinkMembers> {
  assertKnownProperties('link', spec, PROPERTIES);
  const { name, kind, flags = {}, mtu, address } = spec;
  assertLinkName('link.name', name);
  assertName('link.kind', kind, MAX_KIND);
  assertFlags('link.flags', flags, SETTABLE);
  if (mtu !== undefined) assertInteger('link.mtu', mtu, 0, INT_MAX);
  const { set, named } = masksOf(IFF, flags);
  return { header: { ifi_flags: set, ifi_change: named }, attributes: { name, mtu, address, info: { kind } } };
}

/** Throws InputError for what cannot be the name of a link (net/core/dev.c, dev_valid_name). */
export function assertLinkName(field: string, value: unknown): string {
  const name = assertName(field, value, MAX_NAME);
  if (name === '.' || name === '..' || name.includes(':'))
    throw new InputError("must be neither '.' nor '..' and have no colon", name, field);
  return name;
}

/** Throws InputError. */
export function assertLinkIndex(field: string, value: unknown): number {
  return assertInteger(field, value, 1, INT_MAX);
}

/** Throws InputError unless these are known flags, each true, false or left out. */
export function assertFlags(field: string, flags: object, known: readonly string[]): void {
  assertKnownProperties(field, flags, known);
  for (const [name, value] of Object.entries(flags))
    if (value !== undefined && typeof value !== 'boolean')
      throw new InputError('must be true or false', value, `${field}.${name}`);
}
