import { either, variants } from '../shape/either.ts';
import { list } from '../shape/list.ts';
import { object, optional, record, required } from '../shape/object.ts';
import { boolean, integer, text } from '../shape/scalars.ts';
import { define, type Read } from '../shape/shape.ts';

const port = optional(integer(1, 0xffff), "Port to connect to. Default: the destination's.");

const pattern = object({
  pattern: required(text('a regular expression'), 'Regular expression of JavaScript that the body must match.'),
  flags: optional(text('flags of a regular expression'), 'Its flags: i, m, s, u. Default: none.'),
});

const http = {
  port,
  path: optional(text('a path'), 'Path to ask for. Default: /.'),
  method: optional(text('a method'), 'Method of the request. Default: GET.'),
  headers: optional(record(text()), 'Headers sent with the request.'),
  status: optional(list(integer(100, 599), 1), 'Status codes that are well. Default: 200 to 299.'),
  body: optional(either(text(), pattern), 'Text or pattern that the first 64 KiB of the body must contain.'),
} as const;

/** A way to try a server. */
export const probe = define(
  'probe',
  variants('type', 'Way to try a server.', {
    tcp: { port },
    http,
    https: {
      ...http,
      serverName: optional(text('a name'), 'Name to ask for and to look for in the certificate. Default: none.'),
      verify: optional(boolean, 'Whether the certificate must be valid. Default: only where serverName is given.'),
    },
    command: {
      command: required(
        list(text(), 1),
        'Command and its parameters; status 0 is well. IPVS_ADDRESS and IPVS_PORT are set.',
      ),
      env: optional(record(text()), 'Variables added to its environment.'),
    },
  }),
);

export type FileProbe = Read<typeof probe>;
