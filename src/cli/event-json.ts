/**
 * An event as a line of JSON. Totals, which are bigints, become strings of decimal digits as in `--list --json`; an error its code and
 * message, which are no properties of its own.
 */
export function eventJson(event: object): string {
  return JSON.stringify(event, (_, value) => {
    if (typeof value === 'bigint') return String(value);
    return value instanceof Error ? { code: Reflect.get(value, 'code'), message: value.message } : value;
  });
}
