import { optional, table, text, u16, u32, type WriteBuffer } from '../../../netlink/index.ts';
import { type AttributePolicy, integer, nulString } from '../attribute-policy.ts';
import { type ExtendedAck, type Policy, policy } from '../attributes.ts';
import { Refused } from '../refused.ts';
import { flaggedNest, put, putFlaggedNest } from '../reply.ts';
import type { Listing, Request } from '../request.ts';
import { parseStrictly } from '../strict-attributes.ts';
import type { NetlinkTraits } from '../traits.ts';
import type { KernelFamily, KernelOperation } from './family.ts';

/** CTRL_CMD_GETPOLICY, the command of the request and of its replies. */
export const GETPOLICY = 10;

/** `CTRL_ATTR_*`, include/uapi/linux/genetlink.h. */
const request = table('policy request', {
  familyId: optional(1, u16),
  familyName: optional(2, text(15)),
  operation: optional(10, u32),
});
const { rows } = table('policy reply', {
  familyId: optional(1, u16),
  policy: optional(8, u32),
  operation: optional(9, u32),
});
/** `CTRL_ATTR_POLICY_*`: the policies of a command by their numbers in the listing. */
const operationRows = table('operation policy', { perform: optional(1, u32), dump: optional(2, u32) }).rows;

/** `ctrl_policy_policy`, net/netlink/genetlink.c. */
export const policyRequestPolicy = policy(request, {
  familyId: integer(2),
  familyName: nulString(15),
  operation: integer(4),
});

/** One message: which policies a command has, or what the policy of an attribute is. */
type Entry =
  | { readonly operation: KernelOperation }
  | { readonly index: number; readonly number: number; readonly form: AttributePolicy };

/** CTRL_CMD_GETPOLICY: what a family checks of its requests (genetlink.c, ctrl_dumppolicy_start). Throws Refused. */
export function listPolicies(
  families: readonly KernelFamily[],
  { splitOperations }: NetlinkTraits,
  asked: Request,
  ack: ExtendedAck,
): Listing<Entry> {
  const { familyId, familyName, operation } = asked.parseWith(parseStrictly, policyRequestPolicy, ack);
  if (!familyId && !familyName) throw new Refused('EINVAL');
  const family = families.find(({ id, name }) => (familyId ? id === familyId.u16() : name === familyName?.text()));
  if (!family) throw new Refused('ENOENT');
  const command = operation?.u32();
  const chosen = family.operations.filter((each) => command === undefined || each.operation.command === command);
  if (operation && chosen.length === 0) {
    if (splitOperations) ack.offset = operation.start;
    throw new Refused('ENOENT');
  }
  const policies = registered(chosen);
  if (policies.length === 0) throw new Refused('ENODATA');
  const entries: Entry[] = [
    ...chosen.filter(({ policies: { perform, dump } }) => perform || dump).map((each) => ({ operation: each })),
    ...policies.flatMap((attributes, index) => describedAttributes(attributes, index)),
  ];
  return { command: GETPOLICY, entries, fill: (to, entry) => fillEntry(to, family, policies, entry) };
}

function registered(operations: readonly KernelOperation[]): Policy[] {
  const all = operations.flatMap(({ policies: { perform, dump, unused } }) => [perform, dump, unused]);
  return [...new Set(all)].filter((each) => each !== undefined);
}

function describedAttributes(attributes: Policy, index: number): Entry[] {
  return attributes.flatMap((attribute, number) =>
    attribute?.form?.describe ? [{ index, number, form: attribute.form }] : [],
  );
}

/** ctrl_dumppolicy_put_op, and net/netlink/policy.c, netlink_policy_dump_write. */
function fillEntry(to: WriteBuffer, { id }: KernelFamily, policies: readonly Policy[], entry: Entry): void {
  put(to, rows.familyId, u16, id);
  if ('form' in entry)
    flaggedNest(to, rows.policy, () =>
      putFlaggedNest(to, entry.index, () => putFlaggedNest(to, entry.number, () => entry.form.describe?.(to))),
    );
  else {
    const { operation, policies: own } = entry.operation;
    flaggedNest(to, rows.operation, () =>
      putFlaggedNest(to, operation.command, () => {
        if (own.perform) put(to, operationRows.perform, u32, policies.indexOf(own.perform));
        if (own.dump) put(to, operationRows.dump, u32, policies.indexOf(own.dump));
      }),
    );
  }
}
