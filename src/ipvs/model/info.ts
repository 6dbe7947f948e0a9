import type { Infer } from '../../netlink/index.ts';
import type { info } from '../wire/tables.ts';
import { present } from './validate.ts';

/** What the kernel tells of its IPVS. */
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
