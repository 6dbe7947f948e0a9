/** The path of a field seen from outside: `service` and `port` are `service.port`. */
export function joinPath(outer: string, inner: string): string {
  return inner ? `${outer}.${inner}` : outer;
}
