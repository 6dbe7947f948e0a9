const TOTALS: ReadonlySet<string> = new Set([
  'connections',
  'incomingPackets',
  'outgoingPackets',
  'incomingBytes',
  'outgoingBytes',
]);

/**
 * Replacer for `JSON.stringify`, which refuses the totals of {@link Statistics} since they are bigints: writes them as
 * strings of decimal digits, so that nothing is rounded. All else is written as it is.
 *
 * ```ts
 * const text = JSON.stringify(await ipvs.services(), jsonReplacer);
 * const services: Service[] = JSON.parse(text, jsonReviver);
 * ```
 * @example
 * ```ts
 * const text = JSON.stringify(await ipvs.service(web), jsonReplacer);
 * const service: Service = JSON.parse(text, jsonReviver);
 * console.log(service.statistics.connections); // 0n
 * ```
 */
export function jsonReplacer(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/**
 * Reviver for `JSON.parse` of what was written with {@link jsonReplacer}: the totals of {@link Statistics}, by name, become
 * bigints again. Without it they stay strings; what was parsed is a key and a spec either way.
 * @example
 * ```ts
 * const { connections } = JSON.parse('{ "connections": "18446744073709551615" }', jsonReviver);
 * console.log(connections); // 18446744073709551615n
 * ```
 */
export function jsonReviver(key: string, value: unknown): unknown {
  return TOTALS.has(key) && typeof value === 'string' && /^\d+$/.test(value) ? BigInt(value) : value;
}
