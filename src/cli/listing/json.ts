/**
 * A listing as JSON, indented and with a line's end. Totals, which are bigints, become strings of decimal digits:
 * JSON's readers would round them above 2^53.
 */
export function toJson(value: unknown): string {
  return `${JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each), 2)}\n`;
}
