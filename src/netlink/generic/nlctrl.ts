import { u16, u32 } from '../codec/scalar.ts';
import { may, table } from '../codec/table.ts';
import { text } from '../codec/types.ts';
import { operation } from './operation.ts';

/** The attributes of `nlctrl` that matter here (`CTRL_ATTR_*`, include/uapi/linux/genetlink.h). */
export const control = table('control', {
  familyId: may(1, u16),
  familyName: may(2, text(15)),
  version: may(3, u32),
  headerSize: may(4, u32),
  maxAttribute: may(5, u32),
});

/** Asks for a family by its name; the kernel loads its module if it can (net/netlink/genetlink.c, ctrl_getfamily). */
export const getFamily = operation(3, 'CTRL_CMD_GETFAMILY', control, control);
