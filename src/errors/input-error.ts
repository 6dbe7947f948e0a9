import { inspect } from 'node:util';
import { IpvsLibraryError, nameClass } from './library-error.ts';

/** A value that cannot be sent. Nothing was sent; `path` names the field, `rule` says what it must be. */
export class InputError extends IpvsLibraryError {
  override readonly code: 'ERR_INPUT' | 'ERR_RULES' | 'ERR_CONFIG' = 'ERR_INPUT';
  /** The field, from the outside in: `'service.port'`. Empty when the value itself is meant. */
  readonly path: string;
  /** The value that was given. */
  readonly value: unknown;
  /** What the value must be: `'must be an integer from 0 to 65535'`. */
  readonly rule: string;

  constructor(rule: string, value: unknown, path = '') {
    super(
      `${path || 'value'} ${rule}, got ${inspect(value, { depth: 1, breakLength: Infinity, maxStringLength: 80 })}`,
    );
    this.rule = rule;
    this.value = value;
    this.path = path;
  }
}

nameClass(InputError, 'InputError');
