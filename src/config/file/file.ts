import { duration } from '../shape/duration.ts';
import { either } from '../shape/either.ts';
import { list } from '../shape/list.ts';
import { object, optional, required } from '../shape/object.ts';
import { boolean, integer, oneOf, text } from '../shape/scalars.ts';
import type { JsonSchema, Read } from '../shape/shape.ts';
import { checkedDestination, destinationDefaults } from './destination.ts';
import { health } from './health.ts';
import { probe } from './probe.ts';
import { service, serviceDefaults } from './service.ts';

const range = text<`${number}-${number}`>("a number, or a range such as '8000-8999'", '^[0-9]+(-[0-9]+)?$');

const filter = object({
  addresses: optional(list(text('an address or a network')), 'Addresses and networks: 192.0.2.0/24.'),
  protocols: optional(list(oneOf('tcp', 'udp', 'sctp')), 'Protocols.'),
  ports: optional(list(either(integer(0, 0xffff), range)), 'Ports and ranges of them: 443, 8000-8999.'),
  marks: optional(list(either(integer(1, 0xffffffff), range)), 'Firewall marks and ranges of them: 100-199.'),
});

const drain = either(
  duration,
  object({
    deadline: optional(duration, 'Time after which a destination is removed with its connections. Default: 5m.'),
    interval: optional(duration, 'Time between two readings of the connection counts. Default: 1s.'),
    templates: optional(boolean, 'Whether persistence templates are waited for as well. Default: true.'),
    deadlines: optional(text('a path'), 'File that keeps deadlines, so that they hold when the command is run again.'),
  }),
);

/** A configuration file. */
export const file = object({
  $schema: optional(text(), 'This schema.'),
  scope: optional(either(filter, list(filter)), 'The services that are ours; others are left alone. Default: all.'),
  drain: optional(
    drain,
    'Time for connections of what is removed to end, or an object that says more. Default: it is removed at once.',
  ),
  defaults: optional(
    object({
      service: optional(serviceDefaults, 'What services have unless they say otherwise.'),
      destination: optional(destinationDefaults, 'What destinations have unless they or their service say otherwise.'),
    }),
    'What entries have unless they say otherwise.',
  ),
  services: required(list(service), 'The services that are wanted.'),
});

export type File = Read<typeof file>;
export type FileService = File['services'][number];

/** The JSON schema of configuration files, which the package has as `ipvs/schema.json`. */
export function configSchema(): JsonSchema {
  const definitions = [probe, checkedDestination, health].map(({ name, definition }) => [name, definition]);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'ipvs',
    ...file.schema,
    definitions: Object.fromEntries(definitions),
  };
}
