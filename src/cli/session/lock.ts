import { open } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { errnoName } from '../../errors/errno.ts';
import { SystemError } from '../../errors/system-error.ts';
import { TransportError } from '../../errors/transport-error.ts';
import { type Libc, libc } from '../../linux/libc.ts';

const LOCK_EX = 2;
const LOCK_NB = 4;
const MIN_WAIT = 2;
const MAX_WAIT = 50;

/** A lock that this process holds, which ends with the process at the latest. */
export interface Lock {
  release(): Promise<void>;
}

/**
 * Locks a folder against whoever else locks it so, flock(2): a file in it may be replaced, and may not be there yet, the
 * folder stays. Without the C library, on another system than Linux, there is no lock.
 * @param patience milliseconds to wait for another process
 * @returns undefined when the other process still had it
 */
export async function lockFolder(path: string, patience: number): Promise<Lock | undefined> {
  const calls = await libc().catch((error) => {
    if (error instanceof TransportError && error.code === 'ERR_NETLINK_UNSUPPORTED') return undefined;
    throw error;
  });
  if (!calls) return { async release() {} };
  const folder = await open(path, 'r');
  try {
    const deadline = performance.now() + patience;
    for (let wait = MIN_WAIT; !tryLock(calls, folder.fd, path); wait = Math.min(2 * wait, MAX_WAIT)) {
      if (performance.now() >= deadline) {
        await folder.close();
        return undefined;
      }
      await setTimeout(wait);
    }
    return { release: () => folder.close() };
  } catch (error) {
    await folder.close();
    throw error;
  }
}

function tryLock(calls: Libc, fd: number, path: string): boolean {
  if (calls.flock(fd, LOCK_EX | LOCK_NB) === 0) return true;
  const errno = calls.errno();
  if (errnoName(errno) === 'EAGAIN' || errnoName(errno) === 'EINTR') return false;
  throw new SystemError('flock', path, errno);
}
