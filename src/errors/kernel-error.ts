import { errnoName } from './errno.ts';
import { IpvsLibraryError, nameClass } from './library-error.ts';

/** What the kernel said when it refused a request. */
export interface Refusal {
  /** Positive errno. */
  readonly errno: number;
  /** The kernel's own words, from the extended ack (`NLMSGERR_ATTR_MSG`). */
  readonly detail?: string;
  /** Offset of the offending attribute in the request (`NLMSGERR_ATTR_OFFS`). */
  readonly offset?: number;
}

/** What a {@link KernelError} tells beside its message. */
export interface KernelErrorFields {
  /** Positive errno. */
  readonly errno: number;
  /** The refused request, by the kernel's name of its command: `'IPVS_CMD_DEL_SERVICE'`. */
  readonly request: string;
  /** The kernel's own words, from the extended ack. */
  readonly detail?: string | undefined;
  /** The attribute that the extended ack points at: `'service.port'`. */
  readonly path?: string | undefined;
}

/** The kernel refused a request. `code` is the errno's name, `'ESRCH'`. */
export class KernelError extends IpvsLibraryError {
  override readonly code: string;
  /** Positive errno. */
  readonly errno: number;
  /** The refused request, by the kernel's name of its command: `'IPVS_CMD_DEL_SERVICE'`. */
  readonly request: string;
  // Declared only, so that what there is not is not printed.
  /** The kernel's own words, from the extended ack, where it gave any. */
  declare readonly detail?: string;
  /** The attribute that the extended ack points at, where it does: `'service.port'`. */
  declare readonly path?: string;

  constructor(fields: KernelErrorFields, message?: string) {
    super(message ?? kernelMessage(fields));
    this.code = errnoName(fields.errno);
    this.errno = fields.errno;
    this.request = fields.request;
    if (fields.detail !== undefined) this.detail = fields.detail;
    if (fields.path !== undefined) this.path = fields.path;
  }
}

function kernelMessage({ request, errno, detail, path }: KernelErrorFields): string {
  return `${request}: ${[errnoName(errno), path, detail].filter(Boolean).join(': ')}`;
}

nameClass(KernelError, 'KernelError');
