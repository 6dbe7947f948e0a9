/**
 * The table that is wanted, and pools, as files: YAML, JSON or rules of ipvsadm.
 *
 * @module ipvs/config
 */
export type { Config, ConfigOptions } from './config.ts';
export { ConfigError, type Position } from './config-error.ts';
export { parseConfig } from './parse-config.ts';
export { parseRulesConfig } from './parse-rules-config.ts';
