import type { ApiObject } from './resources.ts';
import { StatusError } from './status.ts';

/** Whether an object is among those that a request asks for. */
export type Selector = (object: ApiObject) => boolean;

/** Reads a label selector: `key`, `!key`, `key=value`, `key==value`, `key!=value`, `key in (a,b)`, `key notin (a,b)`. */
export function labelSelector(text: string): Selector {
  return all(
    split(text).map((term) => {
      const set = /^(\S+) +(in|notin) +\(([^)]*)\)$/.exec(term);
      if (set) {
        const [, key = '', operator, list = ''] = set;
        const values = list.split(',').map((value) => value.trim());
        return ({ metadata }) => values.includes(metadata.labels?.[key] ?? '\0') === (operator === 'in');
      }
      const comparison = /^([^=!\s]+)\s*(==|=|!=)\s*(\S*)$/.exec(term);
      if (comparison) {
        const [, key = '', operator, value] = comparison;
        return ({ metadata }) => (metadata.labels?.[key] === value) === (operator !== '!=');
      }
      const [, not, key = ''] = /^(!?)\s*([^=!\s]+)$/.exec(term) ?? [];
      if (!key) throw new StatusError(400, 'BadRequest', `unable to parse requirement: ${term}`);
      return ({ metadata }) => (metadata.labels?.[key] !== undefined) === !not;
    }),
  );
}

/** Reads a field selector: `path=value`, `path==value`, `path!=value`; an absent field is empty. */
export function fieldSelector(text: string): Selector {
  return all(
    split(text).map((term) => {
      const [, path, operator, value] = /^([\w.]+)(==|=|!=)(.*)$/.exec(term) ?? [];
      if (path === undefined) throw new StatusError(400, 'BadRequest', `invalid field selector: ${term}`);
      return (object) => (fieldOf(object, path) === value) === (operator !== '!=');
    }),
  );
}

function fieldOf(object: unknown, path: string): string {
  const value = path
    .split('.')
    .reduce((at: unknown, key) => (at as Record<string, unknown> | undefined)?.[key], object);
  return value === undefined ? '' : String(value);
}

/** The terms between commas, but for those in parentheses. */
function split(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter(Boolean);
}

function all(selectors: Selector[]): Selector {
  return (object) => selectors.every((selects) => selects(object));
}
