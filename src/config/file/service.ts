import { duration } from '../shape/duration.ts';
import { either, whereHas } from '../shape/either.ts';
import { list } from '../shape/list.ts';
import { object, optional, record, required } from '../shape/object.ts';
import { boolean, integer, oneOf, text } from '../shape/scalars.ts';
import { checkedDestination, destinationDefaults, port } from './destination.ts';
import { health } from './health.ts';

const persistence = either(
  duration,
  object({
    timeout: optional(duration, "Time after a client's last connection, in whole seconds. Default: 6m."),
    netmask: optional(text('an IPv4 mask'), 'IPv4: clients that are equal under this mask go together.'),
    prefixLength: optional(integer(1, 128), 'IPv6: clients that are equal in so many leading bits go together.'),
    engine: optional(text('a name'), 'Persistence engine: sip.'),
  }),
);

const settings = {
  scheduler: optional(text('a name'), 'Chooses the destination of a new connection: rr, wrr, lc, wlc, … Default: wlc.'),
  flags: optional(record(boolean), 'Flags by name: one-packet, sh-fallback, sh-port, mh-fallback, mh-port, …'),
  persistence: optional(persistence, 'Keeps a client at its destination: for so long, or an object that says more.'),
} as const;

/** What services have unless they say otherwise. */
export const serviceDefaults = object(settings);

const rest = {
  ...settings,
  dormantPersistence: optional(persistence, 'Persistence that is stored but switched off.'),
  defaults: optional(destinationDefaults, 'What its destinations have unless they say otherwise.'),
  destinations: optional(list(checkedDestination), 'Its destinations: addresses, addresses with ports, or objects.'),
  health: optional(health, 'Health checks of its destinations, for `ipvs pool`.'),
} as const;

/** A service with its destinations. */
export const service = whereHas(
  'fwmark',
  object({
    fwmark: required(integer(1, 0xffffffff), 'Firewall mark of the packets.'),
    family: optional(oneOf('inet', 'inet6'), 'Family of the packets. Default: inet.'),
    ...rest,
  }),
  object({
    protocol: required(oneOf('tcp', 'udp', 'sctp'), 'Transport protocol.'),
    address: required(text('an IPv4 or IPv6 address'), 'Virtual IPv4 or IPv6 address.'),
    port: required(port, 'Virtual port; 0 stands for all ports and needs persistence.'),
    ...rest,
  }),
);
