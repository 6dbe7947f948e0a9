import { InputError } from '../../errors/input-error.ts';

/** Throws what `inexpressible` makes for an entry that the library itself refuses to write, since its rule is refused likewise. */
export function assertWritable(
  write: () => unknown,
  inexpressible: (value: unknown, field: string) => InputError,
): void {
  try {
    write();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw inexpressible(error.value, error.path.slice(error.path.indexOf('.') + 1));
  }
}
