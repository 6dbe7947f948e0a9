import { closeSync, openSync, read, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { SystemError } from '../errors/system-error.ts';
import { libc } from './libc.ts';
import { inNetns } from './netns.ts';

const readInto = promisify(read);

/** Large enough that a long file takes few system calls, small enough that a piece is soon parsed. */
const PIECE_BYTES = 64 * 1024;

/** Reads a file in pieces, as a network namespace has it. @throws SystemError */
export async function* readFile(path: string, netns?: string): AsyncGenerator<Uint8Array, void, undefined> {
  const fd = await openIn(path, 'r', netns);
  const piece = new Uint8Array(PIECE_BYTES);
  try {
    for (;;) {
      const { bytesRead } = await readInto(fd, piece, 0, piece.length, null).catch((error) => {
        throw SystemError.from(error, path);
      });
      if (bytesRead === 0) return;
      yield piece.subarray(0, bytesRead);
    }
  } finally {
    closeSync(fd);
  }
}

/** Writes a file in one system call, as a network namespace has it. @throws SystemError */
export async function writeFile(path: string, text: string, netns?: string): Promise<void> {
  const fd = await openIn(path, 'w', netns);
  try {
    writeSync(fd, text);
  } catch (error) {
    throw SystemError.from(error, path);
  } finally {
    closeSync(fd);
  }
}

/** A file of /proc belongs to the namespace in which it was opened, whoever reads it. */
async function openIn(path: string, flags: 'r' | 'w', netns: string | undefined): Promise<number> {
  // The thread's own: /proc/net is that of the process, which is another thread's in a worker.
  const actual = path.replace(/^\/proc\/net\//, '/proc/thread-self/net/');
  const openFile = () => {
    try {
      return openSync(actual, flags);
    } catch (error) {
      throw SystemError.from(error, path);
    }
  };
  return netns === undefined ? openFile() : inNetns(await libc(), netns, openFile);
}
