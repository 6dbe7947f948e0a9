import { genlmsghdr } from '../../../netlink/codec/struct.ts';
import type { AdmittedCommand, KernelProtocol } from '../protocol.ts';
import { Refused } from '../refused.ts';
import { putGenericHeader } from '../reply.ts';
import type { Request } from '../request.ts';
import { admit, type DispatchContext } from './dispatch.ts';
import type { KernelFamily, KernelOperation } from './family.ts';

/** Takes note of a request and of how it was answered. */
export type NoteGeneric = (family: KernelFamily, request: Request, refusal: string | undefined) => void;

/** Generic netlink with these families (net/netlink/genetlink.c, genl_rcv_msg). */
export function genericProtocol(
  families: readonly KernelFamily[],
  context: DispatchContext,
  note: NoteGeneric,
): KernelProtocol {
  return {
    headerSize: () => genlmsghdr.size,
    find(request) {
      const family = families.find(({ id }) => id === request.type);
      if (!family) throw new Refused('ENOENT');
      if (!request.whole) throw new Refused('EINVAL');
      return {
        admit: () => withHeader(family, admit(family, request, context)),
        note: (refusal) => note(family, request, refusal),
      };
    },
  };
}

/** An operation whose replies carry the family's header. */
function withHeader({ id: type, version }: KernelFamily, { operation, ...handlers }: KernelOperation): AdmittedCommand {
  const { perform, start, dump } = handlers;
  return {
    name: operation.name,
    perform:
      perform &&
      ((request) => {
        const answer = perform(request);
        if (!answer) return undefined;
        const fill: typeof answer.fill = (to) => {
          putGenericHeader(to, answer.command, version);
          answer.fill(to);
        };
        return { type, fill };
      }),
    start,
    dump:
      dump &&
      ((request, ack) => {
        const { command, fill, ...listing } = dump(request, ack);
        return {
          ...listing,
          type,
          fill(to, entry) {
            putGenericHeader(to, command, version);
            fill(to, entry);
          },
        };
      }),
  };
}
