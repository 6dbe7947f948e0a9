import { InputError, IpvsLibraryError, KernelError } from '../ipvs/index.ts';
import { RulesError } from '../rules/index.ts';

/** Exit statuses, which are ipvsadm's. */
export const status = {
  /** A listing was refused. */
  list: 1,
  /** A value is invalid, or IPVS, a namespace or a file cannot be reached. */
  input: 2,
  /** The kernel refused a change. */
  refused: 255,
  /** The command line cannot be read: an unknown command or option, a missing argument. */
  usage: 255,
} as const;

/** Ends a command with a message and a status of its own. */
export class Failure extends Error {
  readonly status: number;
  /** Whether help would have helped. */
  readonly usage: boolean;

  constructor(message: string, code: number, { usage = false }: { readonly usage?: boolean } = {}) {
    super(message);
    this.status = code;
    this.usage = usage;
  }

  /** One for a command line that cannot be read. */
  static usage(message: string): Failure {
    return new Failure(message, status.usage, { usage: true });
  }
}

/** Why a command was stopped: `128 + number` of a signal is the status that a shell knows such an end by. */
export class Interruption extends Error {
  readonly status: number;

  constructor(name: string, code: number) {
    super(`Interrupted by ${name}`);
    this.status = code;
  }
}

/** The exit status that an error stands for; undefined for one that nobody has foreseen. */
export function statusOf(error: unknown, refused: number): number | undefined {
  if (error instanceof Failure) return error.status;
  if (error instanceof RulesError) return error.usage ? status.usage : status.input;
  if (error instanceof InputError) return status.input;
  if (error instanceof KernelError) return refused;
  if (error instanceof IpvsLibraryError) return status.input;
  return isSystemError(error) ? status.input : undefined;
}

/** Whether an error is about the words of a command line rather than a value, so that help would help. */
export function isUsage(error: unknown): boolean {
  return (error instanceof Failure && error.usage) || (error instanceof RulesError && error.path === '');
}

/** A file that cannot be read or written. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
