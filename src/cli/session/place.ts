import type { ParsedCommand } from '../../rules/command-line/parse-command.ts';
import { RulesError } from '../../rules/index.ts';

/** Which IPVS to work on; without either option, that of the network namespace this process is in. */
export interface Place {
  /** `--netns`: a network namespace, by its name or path. */
  readonly netns?: string | undefined;
  /** `--fake`: a rules file, for a kernel in memory. */
  readonly fake?: string | undefined;
}

/** The operands of the options that say a place. */
export const placeOptions = { netns: 'NAME|PATH', fake: 'FILE' } as const;
const names = ['netns', 'fake'] as const;

/** Takes `--netns` and `--fake` from the front of a command line, where they may stand before the command. */
export function takePlace(argv: readonly string[]): { readonly place: Place; readonly words: readonly string[] } {
  let place: Place = {};
  for (let at = 0; at < argv.length; at++) {
    const [option = '', ...inline] = argv[at]?.split('=') ?? [];
    const name = names.find((each) => `--${each}` === option);
    if (!name) return { place, words: argv.slice(at) };
    const operand = inline.length > 0 ? inline.join('=') : argv[++at];
    if (operand === undefined) throw missing(name);
    place = mergePlaces(place, { [name]: operand });
  }
  return { place, words: [] };
}

/** What was given of the options that say a place. */
export function definedPlace(netns: string | undefined, fake: string | undefined): Place {
  return { ...(netns !== undefined && { netns }), ...(fake !== undefined && { fake }) };
}

/** What a line of ipvsadm's grammar says of the place. */
export function placeIn({ given }: ParsedCommand): Place {
  return definedPlace(given.get('netns')?.operand, given.get('fake')?.operand);
}

/** The place that is said before a command and behind it; only one of all its options can be given. */
export function mergePlaces(before: Place, after: Place): Place {
  const [first, second] = [...optionsOf(before), ...optionsOf(after)];
  if (second) throw new RulesError(`cannot be combined with ${first}`, undefined, '', { option: second, word: 0 });
  return { ...before, ...after };
}

function optionsOf({ netns, fake }: Place): string[] {
  return [...(netns === undefined ? [] : ['--netns']), ...(fake === undefined ? [] : ['--fake'])];
}

function missing(name: keyof Place): RulesError {
  const fault = { option: `--${name}`, word: 0, usage: true };
  return new RulesError(`missing argument ${placeOptions[name]}`, undefined, '', fault);
}
