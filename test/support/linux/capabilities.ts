import koffi from 'koffi';

const VERSION_3 = 0x20080522;
const CAP_NET_ADMIN = 12;

const libc = koffi.load(null);
const capget = libc.func('capget', 'int', ['void *', 'void *']);
const capset = libc.func('capset', 'int', ['void *', 'void *']);

/** Runs `action` with this thread lacking CAP_NET_ADMIN, and takes it back afterwards. */
export async function withoutNetAdmin<T>(action: () => Promise<T>): Promise<T> {
  const header = new Uint32Array([VERSION_3, 0]);
  // Two halves of (effective, permitted, inheritable), capget(2).
  const before = new Uint32Array(6);
  if (capget(bytes(header), bytes(before)) !== 0) throw new Error('capget failed');
  const without = before.slice();
  without[0] = ((before[0] ?? 0) & ~(1 << CAP_NET_ADMIN)) >>> 0;
  set(header, without);
  try {
    return await action();
  } finally {
    set(header, before);
  }
}

function set(header: Uint32Array, capabilities: Uint32Array): void {
  if (capset(bytes(header), bytes(capabilities)) !== 0) throw new Error('capset failed');
}

function bytes(array: Uint32Array): Uint8Array {
  return new Uint8Array(array.buffer);
}
