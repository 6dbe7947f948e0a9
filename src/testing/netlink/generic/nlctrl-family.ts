import { GENL_ID_CTRL } from '../../../netlink/codec/constants.ts';
import {
  bytes,
  control,
  getFamily,
  operation,
  optional,
  table,
  text,
  u16,
  u32,
  type WriteBuffer,
} from '../../../netlink/index.ts';
import { integer, nulString } from '../attribute-policy.ts';
import { policy } from '../attributes.ts';
import { Refused } from '../refused.ts';
import { nest, put, putAttribute } from '../reply.ts';
import type { Answer, Request } from '../request.ts';
import type { NetlinkTraits } from '../traits.ts';
import { GENL_CMD_CAP_DO, GENL_CMD_CAP_DUMP, GENL_CMD_CAP_HASPOL, type KernelFamily } from './family.ts';
import { GETPOLICY, listPolicies, policyRequestPolicy } from './policy-dump.ts';

/** CTRL_CMD_NEWFAMILY, the command of the replies. */
const NEWFAMILY = 1;

/** The attributes of a reply that the client has no use for (`CTRL_ATTR_*`, include/uapi/linux/genetlink.h). */
const { rows } = table('control', { ...control.rows, operations: optional(6, bytes), groups: optional(7, bytes) });
const operationRows = table('operation', { id: optional(1, u32), flags: optional(2, u32) }).rows;
const groupRows = table('group', { name: optional(1, text(15)), id: optional(2, u32) }).rows;

/** `ctrl_policy_family`, net/netlink/genetlink.c. */
const controlPolicy = policy(control, { familyId: integer(2), familyName: nulString(15) });

/** The family that knows all families, itself included (net/netlink/genetlink.c, genl_ctrl). */
export function nlctrlFamily(others: readonly KernelFamily[], traits: NetlinkTraits): KernelFamily {
  const family: KernelFamily = {
    id: GENL_ID_CTRL,
    name: 'nlctrl',
    version: 2,
    maxAttribute: 0,
    strictFrom: 11,
    groups: [{ id: 16, name: 'notify' }],
    operations: [
      {
        operation: getFamily,
        flags: GENL_CMD_CAP_DO | GENL_CMD_CAP_DUMP,
        policies: { perform: controlPolicy, ...(traits.splitOperations && { dump: controlPolicy }) },
        perform: (request) => find([family, ...others], request),
        dump: () => ({ command: NEWFAMILY, entries: [family, ...others], fill: fillFamily }),
      },
      {
        operation: operation(GETPOLICY, 'CTRL_CMD_GETPOLICY', control, control),
        flags: GENL_CMD_CAP_DUMP,
        policies: { dump: policyRequestPolicy },
        start: (request) => listPolicies([family, ...others], traits, request, request.ack),
        dump: (request, ack) => listPolicies([family, ...others], traits, request, ack),
      },
    ],
  };
  return family;
}

/** ctrl_getfamily: the name wins over the number. */
function find(families: readonly KernelFamily[], request: Request): Answer {
  const { familyName, familyId } = request.parse(controlPolicy);
  if (!familyName && !familyId) throw new Refused('EINVAL');
  const found = families.find(({ id, name }) => (familyName ? name === familyName.text() : id === familyId?.u16()));
  if (!found) throw new Refused('ENOENT');
  return { command: NEWFAMILY, fill: (to) => fillFamily(to, found) };
}

/** ctrl_fill_info. */
function fillFamily(to: WriteBuffer, { id, name, version, maxAttribute, operations, groups }: KernelFamily): void {
  put(to, rows.familyName, text(15), name);
  put(to, rows.familyId, u16, id);
  put(to, rows.version, u32, version);
  put(to, rows.headerSize, u32, 0);
  put(to, rows.maxAttribute, u32, maxAttribute);
  const array = <T>(entries: readonly T[], fill: (entry: T) => void) => {
    entries.forEach((entry, i) => {
      putAttribute(to, i + 1, () => fill(entry));
    });
  };
  nest(to, rows.operations, () =>
    array(operations, ({ operation, flags, policies: { perform, dump, unused } }) => {
      put(to, operationRows.id, u32, operation.command);
      put(to, operationRows.flags, u32, flags | (perform || dump || unused ? GENL_CMD_CAP_HASPOL : 0));
    }),
  );
  if (groups.length === 0) return;
  nest(to, rows.groups, () =>
    array(groups, (group) => {
      put(to, groupRows.id, u32, group.id);
      put(to, groupRows.name, text(15), group.name);
    }),
  );
}
