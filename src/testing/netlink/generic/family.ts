import type { Operation } from '../../../netlink/index.ts';
import type { ExtendedAck, Policy } from '../attributes.ts';
import type { Answer, Listing, Request } from '../request.ts';

/** `enum` of the flags of an operation that `nlctrl` shows, include/uapi/linux/genetlink.h. */
export const GENL_ADMIN_PERM = 0x01;
export const GENL_CMD_CAP_DO = 0x02;
export const GENL_CMD_CAP_DUMP = 0x04;
export const GENL_CMD_CAP_HASPOL = 0x08;

/** The policies of a command's attributes. */
export interface OperationPolicies {
  readonly perform?: Policy;
  /** Those of a request to list. */
  readonly dump?: Policy;
  /** One that is registered and that no request is held against. */
  readonly unused?: Policy;
}

/** One command of a family, as the kernel has it registered (`struct genl_split_ops`). */
export interface KernelOperation {
  readonly operation: Pick<Operation, 'command' | 'name' | 'request'>;
  /** `GENL_*` flags without GENL_CMD_CAP_HASPOL, which follows from the policies. */
  readonly flags: number;
  readonly policies: OperationPolicies;
  /** Carries out a request; missing for what can only be listed. Throws Refused. */
  readonly perform?: (request: Request) => Answer | undefined;
  /** Checks a request to list; missing where nothing is checked. Throws Refused. */
  readonly start?: (request: Request) => void;
  /** Lists; called for each chunk anew. Missing for what cannot be listed. */
  readonly dump?: (request: Request, ack: ExtendedAck) => Listing;
}

/** A family, as the kernel has it registered (`struct genl_family`). */
export interface KernelFamily {
  readonly id: number;
  readonly name: string;
  readonly version: number;
  /** The largest number of an attribute. */
  readonly maxAttribute: number;
  /** Commands from here on are checked strictly (`resv_start_op`). */
  readonly strictFrom: number;
  readonly operations: readonly KernelOperation[];
  readonly groups: readonly { readonly id: number; readonly name: string }[];
}
