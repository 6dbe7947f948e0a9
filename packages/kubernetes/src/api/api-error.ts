import { IpvsLibraryError } from 'ipvs';

/** Why an {@link ApiError} was raised. */
export type ApiErrorCode =
  /** The configuration or the credentials of the cluster cannot be read or used. */
  | 'ERR_KUBERNETES_CONFIG'
  /** The API server cannot be reached, is not who it should be, or the connection to it broke. */
  | 'ERR_KUBERNETES_CONNECTION'
  /** The API server gave no answer in time. */
  | 'ERR_KUBERNETES_TIMEOUT'
  /** The API server refused; `status` and `reason` tell how. */
  | 'ERR_KUBERNETES_STATUS'
  /** The API server's answer is not what its API promises. */
  | 'ERR_KUBERNETES_RESPONSE';

/** What an {@link ApiError} tells beside its code and message. */
export interface ApiErrorFields {
  readonly status?: number | undefined;
  readonly reason?: string | undefined;
  readonly retryAfter?: number | undefined;
  readonly cause?: unknown;
}

/** The API server could not be asked, or refused. */
export class ApiError extends IpvsLibraryError {
  override readonly code: ApiErrorCode;
  // Declared only, so that what there is not is not printed.
  /** The HTTP status of a refusal, or the code of a Status in a watch: 410. */
  declare readonly status?: number;
  /** The reason in the API server's Status: `'Expired'`. */
  declare readonly reason?: string;
  /** Seconds that the API server asks to wait before the next attempt. */
  declare readonly retryAfter?: number;

  constructor(code: ApiErrorCode, message: string, fields: ApiErrorFields = {}) {
    super(message, 'cause' in fields ? { cause: fields.cause } : undefined);
    this.code = code;
    if (fields.status !== undefined) this.status = fields.status;
    if (fields.reason !== undefined) this.reason = fields.reason;
    if (fields.retryAfter !== undefined) this.retryAfter = fields.retryAfter;
  }
}

// On the prototype, so that it survives bundling and is no property of every error.
Object.defineProperty(ApiError.prototype, 'name', { value: 'ApiError', configurable: true, writable: true });

/** What was thrown, for the end of a message: `'ECONNREFUSED'`, or its message. */
export function describeCause(cause: unknown): string {
  const { code, message } = (cause ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return code;
  return typeof message === 'string' ? message : String(cause);
}
