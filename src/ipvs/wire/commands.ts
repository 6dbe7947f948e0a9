import { operation } from '../../netlink/index.ts';
import { command, info, settings } from './tables.ts';

/** The family's name, `IPVS_GENL_NAME`. */
export const FAMILY = 'IPVS';

/** Every command of the family, `IPVS_CMD_*` in include/uapi/linux/ip_vs.h. SET_INFO (14) is only the reply to GET_INFO. */
export const commands = {
  newService: operation(1, 'IPVS_CMD_NEW_SERVICE', command, command),
  setService: operation(2, 'IPVS_CMD_SET_SERVICE', command, command),
  delService: operation(3, 'IPVS_CMD_DEL_SERVICE', command, command),
  getService: operation(4, 'IPVS_CMD_GET_SERVICE', command, command),
  newDest: operation(5, 'IPVS_CMD_NEW_DEST', command, command),
  setDest: operation(6, 'IPVS_CMD_SET_DEST', command, command),
  delDest: operation(7, 'IPVS_CMD_DEL_DEST', command, command),
  getDest: operation(8, 'IPVS_CMD_GET_DEST', command, command),
  newDaemon: operation(9, 'IPVS_CMD_NEW_DAEMON', command, command),
  delDaemon: operation(10, 'IPVS_CMD_DEL_DAEMON', command, command),
  getDaemon: operation(11, 'IPVS_CMD_GET_DAEMON', command, command),
  setConfig: operation(12, 'IPVS_CMD_SET_CONFIG', command, command),
  getConfig: operation(13, 'IPVS_CMD_GET_CONFIG', command, command),
  getInfo: operation(15, 'IPVS_CMD_GET_INFO', command, info),
  zero: operation(16, 'IPVS_CMD_ZERO', command, command),
  flush: operation(17, 'IPVS_CMD_FLUSH', command, command),
} as const;

/** The commands that read entries, for callers that write them back: the kernel's counters are skipped. */
export const readSettings = {
  service: { ...commands.getService, reply: settings },
  destinations: { ...commands.getDest, reply: settings },
} as const;
