import { NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST } from '../../../netlink/codec/constants.ts';
import { Refused } from '../refused.ts';
import type { Request } from '../request.ts';
import type { NetlinkTraits } from '../traits.ts';
import type { KernelFamily, KernelOperation } from './family.ts';
import { GENL_ADMIN_PERM } from './family.ts';

const NLM_F_ECHO = 0x008;

/** The caller's capability and the kernel's traits. */
export interface DispatchContext {
  readonly capable: boolean;
  readonly traits: NetlinkTraits;
}

/** The operation that a request asks for, found and allowed (net/netlink/genetlink.c, genl_family_rcv_msg). Throws Refused. */
export function admit(family: KernelFamily, request: Request, { capable, traits }: DispatchContext): KernelOperation {
  if (traits.checksHeaders && request.command >= family.strictFrom) checkHeader(request);
  const found = family.operations.find(({ operation }) => operation.command === request.command);
  if (!found) throw new Refused('EOPNOTSUPP');
  const kind = request.has(NLM_F_DUMP) ? found.dump : found.perform;
  if (!kind && traits.splitOperations) throw new Refused('EOPNOTSUPP');
  if (found.flags & GENL_ADMIN_PERM && !capable) throw new Refused('EPERM');
  if (!kind) throw new Refused('EOPNOTSUPP');
  return found;
}

/** Commands newer than the check are held to it (net/netlink/genetlink.c, genl_header_check). */
function checkHeader(request: Request): void {
  const flags = request.has(NLM_F_DUMP) ? request.flags & ~NLM_F_DUMP : request.flags;
  if (request.reserved !== 0) request.ack.message = 'genlmsghdr.reserved field is not 0';
  else if (flags & ~(NLM_F_REQUEST | NLM_F_ACK | NLM_F_ECHO))
    request.ack.message = 'ambiguous or reserved bits set in nlmsg_flags';
  if (request.ack.message) throw new Refused('EINVAL');
}
