import { bytes } from '../codec/bytes.ts';
import { writeOnly } from '../codec/combine.ts';
import { u16, u32 } from '../codec/scalar.ts';
import { optional, table } from '../codec/table.ts';
import { text } from '../codec/text.ts';
import { operation } from './operation.ts';

/** The attributes of `nlctrl` that matter here (`CTRL_ATTR_*`, include/uapi/linux/genetlink.h). */
export const control = table('control', {
  /** Number of the family, which is the type of its messages. */
  familyId: optional(1, u16),
  /** Name of the family, at most 15 bytes: `'IPVS'`. */
  familyName: optional(2, text(15)),
  /** Version of the family. */
  version: optional(3, u32),
  /** Bytes of the family's own header behind `genlmsghdr`. */
  headerSize: optional(4, u32),
  /** Largest attribute number that the family knows. */
  maxAttribute: optional(5, u32),
  /** Numbers and flags of its commands, which nothing here needs: not read. */
  operations: optional(6, writeOnly(bytes)),
  /** Its multicast groups, likewise. */
  multicastGroups: optional(7, writeOnly(bytes)),
});

/** Asks for a family by its name; the kernel loads its module if it can (net/netlink/genetlink.c, ctrl_getfamily). */
export const getFamily = operation(3, 'CTRL_CMD_GETFAMILY', control, control);
