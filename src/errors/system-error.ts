import { errnoName, errnoNumber } from './errno.ts';
import { IpvsLibraryError, nameClass } from './library-error.ts';

/** A file of this machine that cannot be opened, read or written. `code` is the errno's name, `'ENOENT'`. */
export class SystemError extends IpvsLibraryError {
  override readonly code: string;
  /** Positive errno. */
  readonly errno: number;
  /** The system call that failed: `'open'`, `'read'`, `'write'`, `'setns'`. */
  readonly syscall: string;
  /** The file. */
  readonly path: string;

  constructor(syscall: string, path: string, errno: number, options?: { readonly cause?: unknown }) {
    super(`Cannot ${syscall} ${path} (${errnoName(errno)})`, options);
    this.code = errnoName(errno);
    this.errno = errno;
    this.syscall = syscall;
    this.path = path;
  }

  /**
   * What node:fs threw, as an error of this package; anything else as it is.
   * @internal
   */
  static from(error: unknown, path: string): unknown {
    if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return error;
    const { code, errno, syscall } = error as NodeJS.ErrnoException;
    return new SystemError(syscall ?? 'open', path, errnoNumber(code ?? '') ?? Math.abs(errno ?? 0), { cause: error });
  }
}

nameClass(SystemError, 'SystemError');
