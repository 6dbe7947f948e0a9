import { errnoNumber } from '../../errors/errno.ts';
import { InputError } from '../../errors/input-error.ts';

/** A request refused; what a handler throws where the kernel's returns a negative errno. */
export class Refused extends Error {
  /** The errno's name: `'ESRCH'`. */
  readonly code: string;
  /** Positive errno. */
  readonly errno: number;

  constructor(code: string) {
    super(`refused with ${code}`);
    const errno = errnoNumber(code);
    if (errno === undefined) throw new InputError('must be the name of a Linux errno', code, 'errno');
    this.code = code;
    this.errno = errno;
  }
}
