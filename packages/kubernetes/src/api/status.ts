import { ApiError } from './api-error.ts';

/** The fields of a Status object that are read. */
interface Status {
  readonly code?: unknown;
  readonly reason?: unknown;
  readonly message?: unknown;
  readonly details?: { readonly retryAfterSeconds?: unknown; readonly causes?: unknown };
}

/** The error that a Status object tells of, in an answer with an HTTP status or in a watch. */
export function statusError(request: string, object: unknown, httpStatus?: number, retryAfter?: number): ApiError {
  const status = (typeof object === 'object' && object !== null ? object : {}) as Status;
  const code = httpStatus ?? (typeof status.code === 'number' ? status.code : undefined);
  const reason = isTooLarge(status) ? 'ResourceVersionTooLarge' : textOf(status.reason);
  const words = [code, reason, textOf(status.message)].filter((word) => word !== undefined);
  return new ApiError('ERR_KUBERNETES_STATUS', `${request}: ${words.join(': ') || 'refused'}`, {
    status: code,
    reason,
    retryAfter: retryAfter ?? numberOf(status.details?.retryAfterSeconds),
  });
}

/** Whether the API server can no longer, or not yet, tell what happened after a version, so that all must be listed anew. */
export function needsList({ status, reason }: ApiError): boolean {
  return status === 410 || status === 400 || status === 422 || reason === 'ResourceVersionTooLarge';
}

/** Seconds from a `Retry-After` header; undefined where it is absent or a date. */
export function retryAfterOf(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,9}$/.test(header) ? Number(header) : undefined;
}

/** A version from a future that this server has not seen, such as after a restore. Its reason is only `Timeout`. */
function isTooLarge({ details }: Status): boolean {
  const causes: unknown = details?.causes;
  return Array.isArray(causes) && causes.some((cause) => cause?.reason === 'ResourceVersionTooLarge');
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined;
}
