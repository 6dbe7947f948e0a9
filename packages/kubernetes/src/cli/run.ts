import { Command, CommanderError } from 'commander';
import { IpvsLibraryError } from 'ipvs';
import { cleanupCommand } from './cleanup/command.ts';
import { Failure } from './failure.ts';
import type { Io } from './io.ts';
import { planCommand } from './plan/command.ts';
import { runCommand } from './run/command.ts';

/** Runs the command with these arguments. Returns its exit status: 0, 1 for a failure, 2 for a wrong command line. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const program = new Command('ipvs-kubernetes')
    .description('Kubernetes Services on IPVS')
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) })
    .showHelpAfterError('(ipvs-kubernetes --help tells more)')
    .addCommand(planCommand(io))
    .addCommand(runCommand(io))
    .addCommand(cleanupCommand(io));
  for (const command of program.commands) command.copyInheritedSettings(program);
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // commander has told it
    if (!isExpected(error)) throw error;
    io.stderr.write(`ipvs-kubernetes: ${error.message}\n`);
    return 1;
  }
}

/** Whether a failure is one of what was given, of the kernel or of the system, and not of this program. */
function isExpected(error: unknown): error is Error {
  if (error instanceof Failure || error instanceof IpvsLibraryError) return true;
  return error instanceof Error && 'syscall' in error; // such as a port that is in use
}
