import { InputError } from './input-error.ts';
import { joinPath } from './join-path.ts';

/** What was thrown, seen from outside: an InputError at `port` is one at `service.port`; anything else stays as it is. */
export function within(field: string, error: unknown): unknown {
  if (!(error instanceof InputError)) return error;
  return new InputError(error.rule, error.value, joinPath(field, error.path));
}
