import { MAX_INT } from '../../ipvs/model/destination.ts';
import { either, variants } from '../shape/either.ts';
import { list } from '../shape/list.ts';
import { object, optional, type ReadObject, required } from '../shape/object.ts';
import { integer, oneOf, text } from '../shape/scalars.ts';
import { define } from '../shape/shape.ts';
import { probe } from './probe.ts';

export const port = integer(0, 0xffff);
const tunnelPort = integer(1, 0xffff);
const checksum = 'Checksum of the packets. Default: nocsum.';

const forwarding = either(
  oneOf('masquerade', 'direct-route', 'local', 'bypass'),
  variants('tunnel', 'Type of the tunnel.', {
    ipip: {},
    gue: {
      port: required(tunnelPort, "UDP port of the tunnel's far end."),
      checksum: optional(oneOf('nocsum', 'csum', 'remcsum'), checksum),
    },
    gre: { checksum: optional(oneOf('nocsum', 'csum'), checksum) },
  }),
);

const settings = {
  forwarding: optional(forwarding, 'Way of the packets to the destination. Default: masquerade.'),
  weight: optional(
    integer(0, MAX_INT),
    'Share of the connections relative to the other destinations; 0 takes no new ones. Default: 1.',
  ),
  upperThreshold: optional(
    integer(0, MAX_INT),
    'Number of connections at which the destination takes no more. Default: 0, no limit.',
  ),
  lowerThreshold: optional(
    integer(0, MAX_INT),
    'Number of connections below which it takes more again. Default: 0, three quarters of the upper.',
  ),
} as const;

const anyPort = optional(port, "Port of the destination. Default: the service's.");

/** What destinations have unless they say otherwise. */
export const destinationDefaults = object({ port: anyPort, ...settings });
export type DestinationDefaults = ReadObject<{ port: typeof anyPort } & typeof settings>;

const address = text('an address, or an address and a port such as 10.0.0.5:8080 or [2001:db8::5]:8080');

const own = {
  address: required(text('an IPv4 or IPv6 address'), 'IPv4 or IPv6 address of the real server.'),
  port: anyPort,
  ...settings,
} as const;

/** A destination: its address, perhaps with its port, or an object. */
export const destination = either(address, object(own));

/** The same with probes of its own, where its service has health checks. */
export const checkedDestination = define(
  'destination',
  either(
    address,
    object({
      ...own,
      probes: optional(
        list(probe),
        "How to try it, if not as the service's health says; an empty list for not at all.",
      ),
    }),
  ),
);
