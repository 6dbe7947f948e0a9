import type { Infer } from '../../netlink/index.ts';
import type { command } from './tables.ts';

/** The attributes of a request, and of every reply but that to GET_INFO. */
export type CommandFields = Infer<typeof command>;
