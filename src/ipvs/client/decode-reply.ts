import { WireError } from '../../errors/wire-error.ts';
import { type Daemon, decodeDaemon } from '../model/daemon.ts';
import { type Destination, type DestinationFields, decodeDestination, withFamily } from '../model/destination.ts';
import { decodeService, type Service } from '../model/service.ts';
import type { ServiceFields } from '../model/service-key.ts';
import type { CommandFields } from '../wire/fields.ts';

export function serviceFieldsOf({ service }: CommandFields): ServiceFields {
  if (!service) throw new WireError('is missing', 'service');
  return service;
}

/** A destination in the answer to a request for those of a service, with its family, which old kernels leave out. */
export function destinationFieldsOf({ destination }: CommandFields, { service }: CommandFields): DestinationFields {
  if (!destination) throw new WireError('is missing', 'destination');
  return destination.family === undefined && service ? withFamily(destination, service) : destination;
}

export function decodeServiceReply(reply: CommandFields): Service {
  return decodeService(serviceFieldsOf(reply));
}

export function decodeDestinationReply(reply: CommandFields, request: CommandFields): Destination {
  return decodeDestination(destinationFieldsOf(reply, request));
}

export function decodeDaemonReply({ daemon }: CommandFields): Daemon {
  if (!daemon) throw new WireError('is missing', 'daemon');
  return decodeDaemon(daemon);
}
