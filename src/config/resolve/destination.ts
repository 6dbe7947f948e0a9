import type { DestinationSpec } from '../../ipvs/model/destination.ts';
import type { DestinationDefaults, destination } from '../file/destination.ts';
import type { Read } from '../shape/shape.ts';

/** A destination of a file, with its defaults. Its address is checked by whoever takes it. */
export function resolveDestination(
  given: Read<typeof destination>,
  servicePort: number,
  defaults: DestinationDefaults,
): DestinationSpec {
  const own = typeof given === 'string' ? parseEndpoint(given) : given;
  return { port: servicePort, ...defaults, ...own };
}

/** `10.0.0.5`, `10.0.0.5:8080`, `2001:db8::5` or `[2001:db8::5]:8080`. */
function parseEndpoint(text: string): { address: string; port?: number } {
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const address = bracketed ?? plain ?? text;
  return port === undefined ? { address } : { address, port: Number(port) };
}
