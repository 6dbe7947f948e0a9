import { TransportError } from '../../errors/transport-error.ts';

/** The error of an opening that failed: where the kernel has no IPVS, it says what to do. */
export function toOpenError(error: unknown): unknown {
  if (!(error instanceof TransportError) || error.code !== 'ERR_NETLINK_NO_FAMILY') return error;
  const message =
    'This kernel has no IPVS and could not load its module: run `modprobe ip_vs` as root, on the host when this is a container';
  return new TransportError(error.code, message, { cause: error.cause });
}
