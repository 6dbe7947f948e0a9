import { createRequire } from 'node:module';
import { applyChange } from '../ipvs/index.ts';
import { located, type ParsedCommand, parseChange, parseCommand, parseServiceKey } from '../rules/index.ts';
import { status, statusOf } from './failure.ts';
import { cliGrammar } from './grammar.ts';
import { help } from './help.ts';
import type { Io } from './io.ts';
import { list } from './list.ts';
import { withNames } from './names.ts';
import { openSession } from './open-session.ts';
import { readRules, restore } from './restore.ts';
import { save } from './save.ts';
import type { Session } from './session.ts';

/**
 * Runs the command `ipvs`.
 * @param argv the words after its name
 * @returns the exit status, which is ipvsadm's: 0; 1 for a listing that was refused; 2 for what cannot be meant, with
 *   nothing changed; 255 for a command line that cannot be read and for a change that the kernel refused
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let refused: number = status.refused;
  try {
    const line = parseCommand(argv.length > 0 ? argv : ['--list'], cliGrammar);
    if (line.command === 'list' || line.command === 'save') refused = status.list;
    return await carryOut(line, io);
  } catch (error) {
    const code = statusOf(error, refused);
    if (code === undefined) throw error;
    io.stderr.write(`ipvs: ${(error as Error).message}\n`);
    return code;
  }
}

async function carryOut(line: ParsedCommand, io: Io): Promise<number> {
  if (line.command === 'help') return print(io, help());
  if (line.command === 'version') return print(io, `ipvs ${version()}\n`);
  const work = await prepare(line, io);
  const session = await openSession(line);
  try {
    return await work(session);
  } finally {
    await session.end();
  }
}

/** Reads everything that a command needs before anything is opened, so that what cannot be meant changes nothing. */
async function prepare(line: ParsedCommand, io: Io): Promise<(session: Session) => Promise<number>> {
  if (line.command === 'save') return async (session) => print(io, await save(line, session));
  if (line.command === 'restore') {
    const rules = await readRules(io);
    return ({ ipvs }) => restore(rules, ipvs, io);
  }
  if (line.command === 'list') {
    const key = await withNames((names) => located(line, () => parseServiceKey(line, names)));
    return async (session) => print(io, await list(line, key, session));
  }
  const change = await withNames((names) => located(line, () => parseChange(line, names)));
  return ({ ipvs }) => applyChange(ipvs, change).then(() => 0);
}

function print({ stdout }: Io, text: string): number {
  stdout.write(text);
  return 0;
}

function version(): string {
  return createRequire(import.meta.url)('ipvs/package.json').version;
}
