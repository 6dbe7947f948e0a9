import { assertSignal } from '../../linux/abort-signal.ts';
import type { Fields, Rows } from '../codec/table.ts';
import type { Socket } from '../socket/socket.ts';
import { Call, type CallOptions, type CallParts } from './call.ts';
import { onAbort } from './on-abort.ts';

/** Submits a call and promises its result. Never throws. */
export function submitCall<Q extends Rows, A extends Rows, T>(
  socket: Socket,
  parts: Omit<CallParts<Q, A>, 'mapError' | 'resolve' | 'reject'>,
  { signal, mapError }: CallOptions<Fields<Q>> = {},
): Promise<T> {
  return new Promise<unknown>((resolve, reject) => {
    if (signal !== undefined) assertSignal(signal);
    if (signal?.aborted) return reject(signal.reason);
    const { sender, operation, fields, answer, map } = parts;
    const call = new Call({ sender, operation, fields, answer, map, mapError, resolve, reject });
    if (signal)
      call.forgetSignal = onAbort(signal, () => {
        socket.abandon(call);
        call.abandon(signal.reason);
      });
    socket.submit(call);
  }) as Promise<T>;
}
