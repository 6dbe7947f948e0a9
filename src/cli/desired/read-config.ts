import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { type Config, ConfigError, type ConfigOptions, parseConfig, parseRulesConfig } from '../../config/index.ts';
import { parseRules, RulesError } from '../../rules/index.ts';
import { Failure, status } from '../failure.ts';
import { withNames } from '../names.ts';

/**
 * Reads a configuration file: YAML or JSON by its name, otherwise rules as `ipvsadm -S` writes them. Throws a Failure that
 * names the file.
 */
export async function readConfig(path: string, options: ConfigOptions): Promise<Config> {
  const text = await readFile(path, 'utf8');
  try {
    return await parse(extname(path), text, options);
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof RulesError)) throw error;
    throw new Failure(`${path}: ${error.message}`, status.input);
  }
}

async function parse(extension: string, text: string, options: ConfigOptions): Promise<Config> {
  if (extension === '.json') return parseConfig(text, 'json', options);
  if (extension === '.yaml' || extension === '.yml') return parseConfig(text, 'yaml', options);
  const rules = await withNames((names) => parseRules(text, { names }));
  return parseRulesConfig(rules, text, options);
}
