/** A word that a shell can complete. */
export interface CompletedWord {
  /** The subcommand behind which it may stand; `''` for lines that have none. */
  readonly command: string;
  /** As it is typed: `--json`, `watch`, `bash`. */
  readonly word: string;
  /** What an option takes, in the words of help. Alternatives in small letters, `'master|backup'`, are completed too. */
  readonly operand?: string | undefined;
}

/** The script of each shell, by the shell's name. */
export const completionScripts: Readonly<Record<string, (words: readonly CompletedWord[]) => string>> = {
  bash: bashScript,
  zsh: (words) => `${zshPrelude}${bashScript(words)}`,
  fish: fishScript,
};

/** bashcompinit defines `complete` by what compinit defines, which a plain zsh has not run. */
const zshPrelude = `(( $+functions[compdef] )) || { autoload -U compinit && compinit; }
autoload -U +X bashcompinit && bashcompinit
`;

function bashScript(words: readonly CompletedWord[]): string {
  const commands = byCommand(words);
  const subcommands = [...commands].filter(([command]) => command !== '');
  return `_ipvs() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} words
  case $previous in
${[
  ...[...choices(words)].map(([option, values]) => `    ${option}) words='${values.join(' ')}' ;;`),
  ...files(words).map((option) => `    ${option}) COMPREPLY=($(compgen -f -- "$current")); return ;;`),
].join('\n')}
    *)
      case \${COMP_WORDS[1]} in
${subcommands.map(([command, its]) => `        ${command}) ${bashWords(its)} ;;`).join('\n')}
        *) words='${commands.get('')?.join(' ')}' ;;
      esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _ipvs ipvs
`;
}

/** Options where one has begun, operands elsewhere. */
function bashWords(words: readonly string[]): string {
  const [options, operands] = [true, false].map((want) =>
    words.filter((word) => word.startsWith('-') === want).join(' '),
  );
  return `[[ $current == -* ]] && words='${options}' || words='${operands}'`;
}

function fishScript(words: readonly CompletedWord[]): string {
  const subcommands = [...byCommand(words).keys()].filter((command) => command !== '').join(' ');
  const lines = words.map(({ command, word, operand }) => {
    const where = command ? `__fish_seen_subcommand_from ${command}` : `not __fish_seen_subcommand_from ${subcommands}`;
    if (!word.startsWith('--')) return `complete -c ipvs -n '${where}' -f -a ${word}`;
    const values = alternatives(operand);
    const takes = operand === undefined ? '' : values ? ` -x -a '${values.join(' ')}'` : ' -r';
    return `complete -c ipvs -n '${where}' -l ${word.slice(2)}${takes}`;
  });
  return `${lines.join('\n')}\n`;
}

function byCommand(words: readonly CompletedWord[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { command, word } of words) found.set(command, [...(found.get(command) ?? []), word]);
  return found;
}

function choices(words: readonly CompletedWord[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { word, operand } of words) {
    const values = alternatives(operand);
    if (values) found.set(word, values);
  }
  return found;
}

function files(words: readonly CompletedWord[]): string[] {
  return [...new Set(words.filter(({ operand }) => operand === 'FILE').map(({ word }) => word))];
}

function alternatives(operand: string | undefined): string[] | undefined {
  return operand !== undefined && /^[a-z]+(\|[a-z]+)+$/.test(operand) ? operand.split('|') : undefined;
}
