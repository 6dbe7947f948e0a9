import { type CompletedWord, completionScripts } from '../completion.ts';
import { Failure } from '../failure.ts';
import { cliGrammar } from '../grammar.ts';
import { type Command, defineCommand } from './command.ts';
import { commandOptions } from './options.ts';

const shells = Object.keys(completionScripts).join('|');

export const completion = defineCommand({
  name: 'completion',
  synopsis: `completion ${shells}`,
  summary: 'print what makes a shell complete the words of ipvs',
  operands: [1, 1],
  async run({ operands: [shell = ''] }, { commands, stdout }) {
    const script = Object.hasOwn(completionScripts, shell) ? completionScripts[shell] : undefined;
    if (!script) throw Failure.usage(`unknown shell '${shell}' (${shells})`);
    stdout.write(script([...ipvsadmWords(), ...subcommandWords(await commands())]));
    return 0;
  },
});

/** Commands and options of ipvsadm's grammar, for lines without a subcommand. */
function ipvsadmWords(): CompletedWord[] {
  const rows = { ...cliGrammar.commands, ...cliGrammar.options };
  return Object.entries(rows).map(([name, { operand }]) => ({ command: '', word: `--${name}`, operand }));
}

/** Subcommands, and the options of each. */
function subcommandWords(commands: readonly Command[]): CompletedWord[] {
  return commands.flatMap((command) => [
    { command: '', word: command.name },
    ...Object.entries(commandOptions(command)).map(([name, { operand }]) => ({
      command: command.name,
      word: `--${name}`,
      operand,
    })),
  ]);
}
