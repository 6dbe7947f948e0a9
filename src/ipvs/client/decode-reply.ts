import { type Infer, WireError } from '../../netlink/index.ts';
import { type Daemon, readDaemon } from '../model/daemon.ts';
import { type Destination, type DestinationFields, readDestination } from '../model/destination.ts';
import { readService, type Service } from '../model/service.ts';
import type { ServiceFields } from '../model/service-key.ts';
import type { command } from '../wire/tables.ts';

/** The fields of a request, and of every reply but that to GET_INFO. */
export type CommandFields = Infer<typeof command>;

export function toServiceFields({ service }: CommandFields): ServiceFields {
  if (!service) throw new WireError('is missing', 'service');
  return service;
}

export function toDestinationFields({ destination }: CommandFields): DestinationFields {
  if (!destination) throw new WireError('is missing', 'destination');
  return destination;
}

export function toService(reply: CommandFields): Service {
  return readService(toServiceFields(reply));
}

export function toDestination(reply: CommandFields): Destination {
  return readDestination(toDestinationFields(reply));
}

export function toDaemon({ daemon }: CommandFields): Daemon {
  if (!daemon) throw new WireError('is missing', 'daemon');
  return readDaemon(daemon);
}
