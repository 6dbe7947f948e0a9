import { SystemError } from '../../errors/system-error.ts';
import { Refused } from '../netlink/refused.ts';
import type { Namespace } from '../state/namespace.ts';
import { type ProcFile, procFile } from './files.ts';

/** The kernel too hands out a file of /proc by a page at a time. */
const PIECE_BYTES = 4096;

/** Permission bits of a file for those who neither own it nor are privileged. */
const READABLE = 0o004;
const WRITABLE = 0o002;

const RELEASE = '/proc/sys/kernel/osrelease';

const ENOENT = 2;
const EACCES = 13;

/** The files of a kernel as a process sees them. */
export interface ProcFiles {
  /** Undefined where IPVS is not loaded. */
  readonly namespace: Namespace | undefined;
  /** Release of the kernel. */
  readonly release: string;
  /** The process is root. */
  readonly capable: boolean;
}

/** The contents of a file in pieces that end anywhere. @throws SystemError */
export function* readPieces(files: ProcFiles, path: string): Generator<Uint8Array, void, undefined> {
  let text = '';
  for (const part of open(files, path, READABLE).read()) {
    text += part;
    for (; text.length >= PIECE_BYTES; text = text.slice(PIECE_BYTES)) yield encode(text.slice(0, PIECE_BYTES));
  }
  if (text !== '') yield encode(text);
}

/** Writes a file in one system call. @throws SystemError */
export function writeWhole(files: ProcFiles, path: string, text: string): void {
  const file = open(files, path, WRITABLE);
  try {
    file.write(text);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw new SystemError(error.code === 'EACCES' ? 'open' : 'write', path, error.errno);
  }
}

/** Opens a file, of which anybody may do what its bits for others say, and root everything. */
function open({ namespace, release, capable }: ProcFiles, path: string, others: number): ProcFile {
  const file = path === RELEASE ? releaseFile(release) : namespace && procFile(namespace, path);
  if (!file) throw new SystemError('open', path, ENOENT);
  if (!capable && !(file.mode & others)) throw new SystemError('open', path, EACCES);
  return file;
}

/** A file that root alone opens for writing, and that takes nothing even then (kernel/utsname_sysctl.c, proc_do_uts_string). */
function releaseFile(release: string): ProcFile {
  return {
    mode: 0o444,
    read: () => [`${release}\n`],
    write() {
      throw new Refused('EACCES');
    },
  };
}

function encode(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
