import { WireError } from '../../errors/wire-error.ts';
import { type Daemon, decodeDaemon } from '../model/daemon.ts';
import { type Destination, type DestinationFields, decodeDestination } from '../model/destination.ts';
import { decodeService, type Service } from '../model/service.ts';
import type { ServiceFields } from '../model/service-key.ts';
import type { CommandFields } from '../wire/fields.ts';

export function serviceFieldsOf({ service }: CommandFields): ServiceFields {
  if (!service) throw new WireError('is missing', 'service');
  return service;
}

export function destinationFieldsOf({ destination }: CommandFields): DestinationFields {
  if (!destination) throw new WireError('is missing', 'destination');
  return destination;
}

export function decodeServiceReply(reply: CommandFields): Service {
  return decodeService(serviceFieldsOf(reply));
}

export function decodeDestinationReply(reply: CommandFields): Destination {
  return decodeDestination(destinationFieldsOf(reply));
}

export function decodeDaemonReply({ daemon }: CommandFields): Daemon {
  if (!daemon) throw new WireError('is missing', 'daemon');
  return decodeDaemon(daemon);
}
