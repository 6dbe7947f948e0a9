import { createRequire } from 'node:module';
import { printable } from '../errors/printable.ts';
import { applyChange } from '../ipvs/index.ts';
import { located } from '../rules/command-line/locate.ts';
import { type ParsedCommand, parseCommand } from '../rules/command-line/parse-command.ts';
import { parseChange } from '../rules/parse/change.ts';
import { parseServiceKey } from '../rules/parse/service.ts';
import { Interruption, isUsage, status, statusOf } from './failure.ts';
import { checkExclusions, cliGrammar } from './grammar.ts';
import { complain, type Io } from './io.ts';
import { list } from './list.ts';
import { withNames } from './names.ts';
import { readRules, restore } from './restore.ts';
import { save } from './save.ts';
import { openSession } from './session/open-session.ts';
import { mergePlaces, type Place, placeIn, takePlace } from './session/place.ts';
import type { Session } from './session/session.ts';

/**
 * Runs the command `ipvs`: a subcommand where the first word is one, otherwise a line of ipvsadm's grammar.
 * @param argv the words after its name
 * @returns the exit status, which is ipvsadm's: 0; 1 for a listing that was refused; 2 for an invalid value and for what
 *   cannot be reached; 255 for a command line that cannot be read and for a change that the kernel refused
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let refused: number = status.refused;
  try {
    const { place, words } = takePlace(argv);
    if (words[0] !== undefined && !words[0].startsWith('-')) return await runSubcommand(words, place, io);
    const line = parseCommand(words.length > 0 ? words : ['--list'], cliGrammar);
    checkExclusions(line);
    if (isListing(line)) refused = status.list;
    return await carryOut(line, mergePlaces(place, placeIn(line)), io);
  } catch (error) {
    if (error instanceof Interruption) return error.status;
    const code = statusOf(error, refused);
    if (code === undefined) throw error;
    complain(io, `${(error as Error).message}${isUsage(error) ? "; try 'ipvs --help'" : ''}`);
    return code;
  }
}

async function runSubcommand(words: readonly string[], place: Place, io: Io): Promise<number> {
  const { runCommand } = await import('./commands/run-command.ts');
  return runCommand(words, place, io);
}

async function carryOut(line: ParsedCommand, place: Place, io: Io): Promise<number> {
  if (line.command === 'help') return print(io, await (await import('./help.ts')).help());
  if (line.command === 'version') return print(io, `ipvs ${version()}\n`);
  const work = await prepare(line, io);
  const session = await openSession(place, { readOnly: isListing(line) });
  try {
    return await work(session);
  } finally {
    await session.end();
  }
}

function isListing({ command }: ParsedCommand): boolean {
  return command === 'list' || command === 'save';
}

/** Reads everything that a command needs before anything is opened, so that an invalid value changes nothing. */
async function prepare(line: ParsedCommand, io: Io): Promise<(session: Session) => Promise<number>> {
  if (line.command === 'save') return async (session) => print(io, await save(line, session));
  if (line.command === 'restore') {
    const rules = await readRules(io);
    return ({ ipvs }) => restore(rules, ipvs, io);
  }
  if (line.command === 'list') {
    const key = await withNames((names) => located(line, () => parseServiceKey(line, names)));
    return async (session) => print(io, visible(await list(line, key, session)));
  }
  const change = await withNames((names) => located(line, () => parseChange(line, names)));
  return ({ ipvs }) => applyChange(ipvs, change).then(() => 0);
}

function print({ stdout }: Io, text: string): number {
  stdout.write(text);
  return 0;
}

/** A listing shows what others chose, a call id of SIP or the name of an interface, which may hold control characters. */
function visible(text: string): string {
  return /[^\n\P{Cc}]/u.test(text) ? text.split('\n').map(printable).join('\n') : text;
}

function version(): string {
  return createRequire(import.meta.url)('ipvs/package.json').version;
}
