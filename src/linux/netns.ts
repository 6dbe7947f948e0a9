import { closeSync, constants, openSync } from 'node:fs';
import { errnoName } from '../errors/errno.ts';
import { SystemError } from '../errors/system-error.ts';
import { TransportError } from '../errors/transport-error.ts';
import type { Libc } from './libc.ts';

const CLONE_NEWNET = 0x40000000;

/**
 * Runs `action` with the calling thread inside a network namespace, and always comes back. What it opens stays there.
 * @param netns a name as `ip netns` knows it, or a path such as `/proc/1234/ns/net`
 */
export function inNetns<T>(libc: Libc, netns: string, action: () => T): T {
  const path = netns.includes('/') ? netns : `/run/netns/${netns}`;
  const home = open('/proc/thread-self/ns/net');
  try {
    const target = open(path);
    try {
      enter(libc, target, path);
      try {
        return action();
      } finally {
        enter(libc, home, 'the namespace this thread came from');
      }
    } finally {
      closeSync(target);
    }
  } finally {
    closeSync(home);
  }
}

function open(path: string): number {
  try {
    // A FIFO would be waited for.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const cause = SystemError.from(error, path);
    const { code, errno } = cause instanceof SystemError ? cause : {};
    const message = `Cannot open network namespace ${path} (${code ?? error})`;
    throw new TransportError('ERR_NETLINK_NETNS', message, { syscall: 'open', ...(errno && { errno }), cause });
  }
}

function enter(libc: Libc, fd: number, path: string): void {
  if (libc.setns(fd, CLONE_NEWNET) === 0) return;
  const errno = libc.errno();
  const message = `Cannot enter network namespace ${path} (${errnoName(errno)})`;
  throw new TransportError('ERR_NETLINK_NETNS', message, { syscall: 'setns', errno });
}
