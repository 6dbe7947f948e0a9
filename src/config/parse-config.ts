import { InputError } from '../errors/input-error.ts';
import { configOf, type WantedEntry } from './check.ts';
import type { Config, ConfigOptions } from './config.ts';
import { ConfigError } from './config-error.ts';
import { type ParsedFile, parseJson, parseYaml } from './document.ts';
import { file } from './file/file.ts';
import { resolveDrain } from './resolve/drain.ts';
import { resolvePool } from './resolve/pool.ts';
import { destinationResolver, resolveService } from './resolve/service.ts';
import { within } from './within.ts';

/**
 * Reads a configuration file in YAML or JSON, whose schema is `ipvs/schema.json`. Pure; nothing is sent. All that can be
 * known without a kernel is checked: a service that is there twice or out of scope, thresholds, families of addresses.
 * @param format how the text is written; YAML has JSON in it, but for JSON nothing else is taken
 * @throws ConfigError for the first thing that is wrong, with line and column; InputError for an invalid `scope` of the options
 * @example
 * ```ts
 * const text = `
 * services:
 *   - { protocol: tcp, address: 192.0.2.10, port: 80, destinations: [{ address: 10.0.0.5, port: 8080 }] }
 * `;
 * const { table } = parseConfig(text, 'yaml');
 * console.log(table[0]?.destinations.length); // 1
 * ```
 */
export function parseConfig(text: string, format: 'yaml' | 'json', options: ConfigOptions = {}): Config {
  if (typeof text !== 'string') throw new InputError('must be a string', text, 'text');
  if (format !== 'yaml' && format !== 'json') throw new InputError("must be 'yaml' or 'json'", format, 'format');
  const parsed = format === 'json' ? parseJson(text) : parseYaml(text);
  try {
    return read(parsed.value, options);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    // A scope of the options has no place in the file.
    if (options.scope !== undefined && error.path.startsWith('scope')) throw error;
    throw located(parsed, error);
  }
}

function read(value: unknown, { scope }: ConfigOptions): Config {
  const { services, defaults = {}, ...given } = file.read(value, '');
  const drain = resolveDrain(given.drain);
  const entries = services.map((service, i): WantedEntry => {
    const entry = resolveService(service, defaults);
    const resolve = destinationResolver(service, defaults);
    const pool = within(`desired[${i}]`, () => resolvePool(entry, service, resolve));
    return pool ? { ...entry, pool } : entry;
  });
  return configOf(entries, scope ?? given.scope, drain);
}

/** An error about what the file came to, as one about the file. */
function located(parsed: ParsedFile, { path, rule, value }: InputError): ConfigError {
  const own = path
    .replace(/^desired\[(\d+)\](\.service\b)?/, 'services[$1]')
    .replace(/^(services\[\d+\])\.pool\b/, '$1.health')
    .replace(/^(services\[\d+\])\.destination\b/, '$1.health.fallback')
    .replace(/(\.probes\[\d+\])\.probe\b/, '$1');
  return new ConfigError(rule, value, own, parsed.locate(own, { name: rule.startsWith('is unknown') }));
}
