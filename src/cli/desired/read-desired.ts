import { readFile } from 'node:fs/promises';
import { InputError } from '../../ipvs/index.ts';
import type { TableEntrySpec } from '../../reconcile/index.ts';
import { serviceId } from '../../reconcile/plan/identity.ts';
import { parseRules, type Rule, RulesError } from '../../rules/index.ts';
import { Failure, status } from '../failure.ts';
import { withNames } from '../names.ts';

/**
 * Reads the table that a file wants: rules as `ipvsadm -S` writes them, of which only `-A` and `-a` say what is there; or,
 * where its name ends with `.json`, an array of `{ service, destinations }`.
 */
export async function readDesired(path: string): Promise<TableEntrySpec[]> {
  const text = await readFile(path, 'utf8');
  if (path.endsWith('.json')) return parseJson(path, text);
  const rules = await withNames((names) => parseRules(text, { names })).catch((error) => {
    throw error instanceof RulesError ? new Failure(`${path}: ${error.message}`, status.input) : error;
  });
  return tableOf(path, rules);
}

function parseJson(path: string, text: string): TableEntrySpec[] {
  try {
    const table: unknown = JSON.parse(text);
    if (Array.isArray(table)) return table;
  } catch (error) {
    throw new Failure(`${path}: ${(error as Error).message}`, status.input);
  }
  throw new Failure(`${path}: must hold an array of { service, destinations }`, status.input);
}

function tableOf(path: string, rules: readonly Rule[]): TableEntrySpec[] {
  const table = new Map<
    string,
    { service: TableEntrySpec['service']; destinations: TableEntrySpec['destinations'][number][] }
  >();
  for (const rule of rules) {
    const fail = (message: string) => new Failure(`${path}: line ${rule.line}: ${message}`, status.input);
    if (rule.type !== 'addService' && rule.type !== 'addDestination')
      throw fail('only services and their destinations, -A and -a, can be wanted');
    const id = serviceId(rule.service);
    const entry = table.get(id);
    if ('destination' in rule) {
      if (!entry) throw fail('the service of the destination must come before it');
      entry.destinations.push(rule.destination);
    } else {
      if (entry) throw fail('the service is there twice');
      table.set(id, { service: rule.service, destinations: [] });
    }
  }
  return [...table.values()];
}

/** The same error with the name of the file that it is about. */
export function inFile(path: string, error: unknown): unknown {
  if (!(error instanceof InputError) || !error.path.startsWith('desired[')) return error;
  return new Failure(`${path}: ${error.message.replace(/^desired/, '')}`, status.input);
}
