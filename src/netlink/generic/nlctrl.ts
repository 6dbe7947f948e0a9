import { u16, u32 } from '../codec/scalar.ts';
import { optional, table } from '../codec/table.ts';
import { text } from '../codec/text.ts';
import { operation } from './operation.ts';

/** The attributes of `nlctrl` that matter here (`CTRL_ATTR_*`, include/uapi/linux/genetlink.h). */
export const control = table('control', {
  familyId: optional(1, u16),
  familyName: optional(2, text(15)),
  version: optional(3, u32),
  headerSize: optional(4, u32),
  maxAttribute: optional(5, u32),
});

/** Asks for a family by its name; the kernel loads its module if it can (net/netlink/genetlink.c, ctrl_getfamily). */
export const getFamily = operation(3, 'CTRL_CMD_GETFAMILY', control, control);
