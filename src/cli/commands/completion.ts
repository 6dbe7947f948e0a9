import { type CompletedWord, completionScripts } from '../completion.ts';
import { Failure } from '../failure.ts';
import { cliGrammar } from '../grammar.ts';
import { type Command, defineCommand } from './command.ts';
import { commandOptions } from './options.ts';

const shells = Object.keys(completionScripts);
const anyShell = shells.join('|');

export const completion = defineCommand({
  name: 'completion',
  synopsis: `completion ${anyShell}`,
  summary: 'print what makes a shell complete the words of ipvs',
  operands: [1, 1],
  choices: shells,
  async run({ operands: [shell = ''] }, { commands, stdout }) {
    const script = Object.hasOwn(completionScripts, shell) ? completionScripts[shell] : undefined;
    if (!script) throw Failure.usage(`unknown shell '${shell}' (${anyShell})`);
    stdout.write(script([...ipvsadmWords(), ...subcommandWords(await commands())]));
    return 0;
  },
});

/** Commands and options of ipvsadm's grammar, for lines without a subcommand. */
function ipvsadmWords(): CompletedWord[] {
  const rows = { ...cliGrammar.commands, ...cliGrammar.options };
  return Object.entries(rows).map(([name, { operand }]) => ({ command: '', word: `--${name}`, operand }));
}

/** Subcommands, and the options and operands of each. */
function subcommandWords(commands: readonly Command[]): CompletedWord[] {
  return commands.flatMap((command) => [
    { command: '', word: command.name },
    ...Object.entries(commandOptions(command)).map(([name, { operand }]) => ({
      command: command.name,
      word: `--${name}`,
      operand,
    })),
    ...(command.choices ?? []).map((word) => ({ command: command.name, word })),
  ]);
}
