import { joinPath } from './join-path.ts';
import { IpvsLibraryError, nameClass } from './library-error.ts';

/** Bytes that the tables cannot read. `path` names the attribute. */
export class WireError extends IpvsLibraryError {
  override readonly code = 'ERR_NETLINK_WIRE';
  /** The attribute, from the outside in: `'service.port'`. Empty when the message itself is meant. */
  readonly path: string;
  /** What is wrong with the bytes. */
  readonly problem: string;

  constructor(problem: string, path = '') {
    super(path ? `${path}: ${problem}` : problem);
    this.problem = problem;
    this.path = path;
  }

  /**
   * The same error seen from outside: `port` becomes `service.port`.
   * @example
   * ```ts
   * console.log(new WireError('is missing', 'port').within('service').message); // service.port: is missing
   * ```
   */
  within(field: string): WireError {
    return new WireError(this.problem, joinPath(field, this.path));
  }
}

nameClass(WireError, 'WireError');
