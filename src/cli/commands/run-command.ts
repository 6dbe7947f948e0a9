import { didYouMean } from '../../errors/known-properties.ts';
import { Failure } from '../failure.ts';
import type { Io } from '../io.ts';
import { openSession } from '../session/open-session.ts';
import { definedPlace, mergePlaces, type Place } from '../session/place.ts';
import type { Session } from '../session/session.ts';
import type { CommandContext } from './command.ts';
import { commandHelp } from './help.ts';
import { commands } from './index.ts';
import { commandOptions } from './options.ts';
import { parseWords } from './parse-words.ts';

/** Runs a subcommand. Returns its exit status. */
export async function runCommand([name = '', ...words]: readonly string[], before: Place, io: Io): Promise<number> {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!load) throw unknownCommand(name);
  const command = await load();
  const options = commandOptions(command);
  if (wantsHelp(words)) {
    io.stdout.write(commandHelp(command, options));
    return 0;
  }
  const { values, operands } = parseWords(words, options, command);
  const { netns, fake, ...own } = values;
  const place = mergePlaces(before, definedPlace(netns as string | undefined, fake as string | undefined));
  return runIn(place, command.outlivesReaders ? { ...io, unread: undefined } : io, (context) =>
    command.run({ values: own, operands }, context),
  );
}

/** Before the words are checked, so that help is there for a line that is wrong. */
function wantsHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return (end < 0 ? words : words.slice(0, end)).some((word) => word === '--help' || word === '-h');
}

async function runIn(place: Place, io: Io, run: (context: CommandContext) => Promise<number>): Promise<number> {
  let session: Promise<Session> | undefined;
  const { stdin, stdout, stderr, unread } = io;
  const context: CommandContext = {
    stdin,
    stdout,
    stderr,
    signal: unread ? AbortSignal.any([io.listenForInterrupt(), unread]) : io.listenForInterrupt(),
    commands: () => Promise.all(Object.values(commands).map((load) => load())),
    async open(options) {
      session ??= openSession(place, options);
      return (await session).ipvs;
    },
  };
  try {
    return await run(context);
  } finally {
    const opened = await session?.catch(() => undefined); // whoever opened it was told
    await opened?.end();
  }
}

function unknownCommand(name: string): Failure {
  const hint = didYouMean(name, Object.keys(commands));
  return Failure.usage(`unknown command '${name}'${hint ? ` (${hint})` : ''}`);
}
