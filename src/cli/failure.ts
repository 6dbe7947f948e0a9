import { InputError, IpvsLibraryError, KernelError } from '../ipvs/index.ts';
import { RulesError } from '../rules/index.ts';

/** Exit statuses, which are ipvsadm's. */
export const status = {
  /** A listing was refused. */
  list: 1,
  /** Something cannot be meant, or IPVS cannot be reached; nothing has changed. */
  input: 2,
  /** The words of the command line cannot be told apart, or the kernel refused a change. */
  refused: 255,
} as const;

/** Ends a command with a message and a status of its own. */
export class Failure extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** The exit status that an error stands for; undefined for one that nobody has foreseen. */
export function statusOf(error: unknown, refused: number): number | undefined {
  if (error instanceof Failure) return error.status;
  if (error instanceof RulesError) return error.usage ? status.refused : status.input;
  if (error instanceof InputError) return status.input;
  if (error instanceof KernelError) return refused;
  if (error instanceof IpvsLibraryError) return status.input;
  return isSystemError(error) ? status.input : undefined;
}

/** A file that cannot be read or written. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
