import { execFileSync } from 'node:child_process';
import type { Rule } from './rules.ts';

/** Runs ipvsadm and returns what it printed. Throws when it fails. */
export function ipvsadm(args: readonly string[], input = ''): string {
  return execFileSync('ipvsadm', args, { input, encoding: 'utf8' });
}

const TIMEOUTS = '-L --timeout';

/**
 * Gives ipvsadm lines of options and returns what it printed for each. It takes listings among rules as well, and one
 * process for all of them takes a fraction of the time; the line with the timeouts tells them apart.
 */
export function ipvsadmEach(commands: readonly string[]): string[] {
  const others = commands.filter((options) => options !== TIMEOUTS);
  const input = [TIMEOUTS, ...others.flatMap((options) => [options, TIMEOUTS])];
  const printed = ipvsadm(['-R'], `${input.join('\n')}\n`);
  const [timeouts = ''] = /^.*\n/.exec(printed) ?? [];
  const [, ...texts] = printed.split(timeouts);
  return commands.map((options) => (options === TIMEOUTS ? timeouts : (texts.shift() ?? '')));
}

/** What `ipvsadm -Sn` prints, in an order of its own: sorted. */
export function savedByIpvsadm(): string[] {
  return lines(ipvsadm(['-Sn'])).sort();
}

/** The rules as `ipvsadm -Sn` prints them, sorted. */
export function savedLines(rules: readonly Rule[]): string[] {
  return rules.flatMap((rule) => [rule.saved, ...rule.destinations.map(({ saved }) => saved)]).sort();
}

/** The rules as `ipvsadm -R` takes them. */
export function restoreText(rules: readonly Rule[]): string {
  return rules
    .flatMap((rule) => [
      rule.saved,
      ...rule.destinations.map(({ saved, unsaved = '' }) => `${saved} ${unsaved}`.trim()),
    ])
    .map((line) => `${line}\n`)
    .join('');
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}
