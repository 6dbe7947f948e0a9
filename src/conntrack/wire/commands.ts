import { rawOperation } from '../../netlink/index.ts';
import { flow, nfgenmsg } from './flow.ts';

/** NFNL_SUBSYS_CTNETLINK, the high byte of a message's type (include/uapi/linux/netfilter/nfnetlink.h). */
const CTNETLINK = 1 << 8;

const conntrack = { protocol: 'netfilter', header: nfgenmsg } as const;

/** The commands of ctnetlink (`enum cntl_msg_types`, include/uapi/linux/netfilter/nfnetlink_conntrack.h). */
export const commands = {
  get: rawOperation({ ...conntrack, request: CTNETLINK | 1, reply: CTNETLINK, name: 'IPCTNL_MSG_CT_GET' }, flow, flow),
  delete: rawOperation({ ...conntrack, request: CTNETLINK | 2, name: 'IPCTNL_MSG_CT_DELETE' }, flow, flow),
} as const;
