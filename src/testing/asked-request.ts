import { NLM_F_DUMP } from '../netlink/codec/constants.ts';
import type { RawOperation } from '../netlink/index.ts';
import type { KernelFamily } from './netlink/generic/family.ts';
import type { Request } from './netlink/request.ts';

/** A request that a fake kernel got. */
export interface AskedRequest {
  /** The kernel's name of the command: `'IPVS_CMD_NEW_SERVICE'`, `'RTM_NEWADDR'`; `'#99'` for one that it does not know. */
  readonly command: string;
  /** True if it asked for a listing (NLM_F_DUMP). */
  readonly dump: boolean;
  /**
   * The attributes as the tables read them, beside the header (`{ header, attributes }`) where that has values; undefined
   * where they cannot.
   */
  readonly fields: unknown;
  /** Name of the errno that it was refused with; undefined when it was carried out. */
  readonly refusal: string | undefined;
}

/** A request in the names of its tables. */
export function describeRequest(
  { operations }: KernelFamily,
  request: Request,
  refusal: string | undefined,
): AskedRequest {
  const operation = operations.find(({ operation: { command } }) => command === request.command)?.operation;
  return {
    command: operation?.name ?? `#${request.command}`,
    dump: request.has(NLM_F_DUMP),
    fields: request.decode((from, at, length) => operation?.request.read(from, at, length, {})),
    refusal,
  };
}

/** A request of a protocol that is not generic netlink, in the names of its header and table. */
export function describeRawRequest(
  operation: RawOperation | undefined,
  request: Request,
  refusal: string | undefined,
): AskedRequest {
  return {
    command: operation?.name ?? `#${request.type}`,
    dump: request.has(NLM_F_DUMP),
    fields:
      operation &&
      request.decode((from, at, length) => ({
        header: request.header(operation.header),
        attributes: operation.request.read(from, at, length, {}),
      })),
    refusal,
  };
}
