import { InputError } from '../errors/input-error.ts';
import type { TableEntrySpec } from '../reconcile/index.ts';
import { serviceId } from '../reconcile/plan/identity.ts';
import type { Rule } from '../rules/index.ts';
import { configOf } from './check.ts';
import type { Config, ConfigOptions } from './config.ts';
import { ConfigError } from './config-error.ts';

interface Entry {
  readonly service: TableEntrySpec['service'];
  readonly destinations: TableEntrySpec['destinations'][number][];
  /** The rule of the service, and those of its destinations. */
  readonly rules: readonly [Rule, Rule[]];
}

/**
 * Reads rules, as `parseRules` of `ipvs/rules` gives them, as a table that is wanted: those that add services and
 * destinations, the service before its destinations.
 * @param text where the rules come from, for the columns of errors
 * @throws ConfigError for the first thing that is wrong, with line and column; InputError for an invalid `scope` of the options
 * @example
 * ```ts
 * const text = '-A -t 192.0.2.10:80\n-a -t 192.0.2.10:80 -r 10.0.0.5:80 -m\n';
 * const { table } = parseRulesConfig(parseRules(text), text);
 * console.log(table[0]?.destinations.length); // 1
 * ```
 */
export function parseRulesConfig(rules: readonly Rule[], text: string, { scope }: ConfigOptions = {}): Config {
  const lines = text.split('\n');
  const fail = (rule: string, { line }: Rule, value?: unknown) =>
    new ConfigError(rule, value, '', { line, column: (lines[line - 1] ?? '').search(/\S/) + 1 }, true);
  const entries = new Map<string, Entry>();
  for (const rule of rules) {
    if (rule.type !== 'addService' && rule.type !== 'addDestination')
      throw fail('only services and their destinations, -A and -a, can be wanted', rule);
    const id = serviceId(rule.service);
    const entry = entries.get(id);
    if ('destination' in rule) {
      if (!entry) throw fail('the service of the destination must come before it', rule);
      entry.destinations.push(rule.destination);
      entry.rules[1].push(rule);
    } else {
      if (entry) throw fail('the service must not be listed twice', rule);
      entries.set(id, { service: rule.service, destinations: [], rules: [rule, []] });
    }
  }
  const all = [...entries.values()];
  try {
    return configOf(all, scope, undefined);
  } catch (error) {
    const [, entry, destination] = /^desired\[(\d+)\](?:\.destinations\[(\d+)\])?/.exec(pathOf(error)) ?? [];
    const [own, theirs] = all[Number(entry)]?.rules ?? [];
    const rule = destination === undefined ? own : theirs?.[Number(destination)];
    if (!(error instanceof InputError) || !rule) throw error;
    throw fail(`the ${destination === undefined ? 'service' : 'destination'} ${error.rule}`, rule, error.value);
  }
}

function pathOf(error: unknown): string {
  return error instanceof InputError ? error.path : '';
}
