import type { Scope, ScopeFilter } from '../../reconcile/index.ts';
import type { CommandOptions } from '../commands/command.ts';

/** The options that say which services a command may touch. */
export const scopeOptions = {
  addresses: { type: 'string', operand: 'LIST', about: 'only services on these addresses and networks' },
  protocols: { type: 'string', operand: 'LIST', about: 'only services of these protocols' },
  ports: { type: 'string', operand: 'LIST', about: 'only services on these ports: 80,8000-8999' },
  marks: { type: 'string', operand: 'LIST', about: 'only services by these firewall marks' },
} as const satisfies CommandOptions;

/** The scope that the options say; undefined, which is everything, without any. */
export function scopeOf(values: { readonly [Name in keyof typeof scopeOptions]?: string }): Scope | undefined {
  const names = Object.keys(scopeOptions) as (keyof typeof scopeOptions)[];
  const lists = names.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name].split(',')]]));
  return lists.length > 0 ? (Object.fromEntries(lists) as ScopeFilter) : undefined;
}
