import type { Infer } from '../../netlink/index.ts';
import type { info } from '../wire/tables.ts';
import { present } from './validate.ts';

/** The version of the kernel's IPVS, and the size of its connection table (`ip_vs_ctl.c`, `ip_vs_genl_get_cmd`). */
export interface Info {
  /** Version of IPVS, `'1.2.1'` since 2009. */
  readonly version: string;
  /** Buckets of the connection table. From Linux 7.2 on it grows on demand and is 0 before the first service. */
  readonly connectionTableSize: number;
}

/** The reply to GET_INFO. Throws WireError. */
export function decodeInfo(fields: Infer<typeof info>): Info {
  const version = present('info.version', fields.version);
  return {
    version: `${version >> 16}.${(version >> 8) & 255}.${version & 255}`,
    connectionTableSize: present('info.connectionTableSize', fields.connectionTableSize),
  };
}
