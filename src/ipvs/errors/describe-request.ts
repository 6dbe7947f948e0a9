import type { KernelError } from '../../errors/kernel-error.ts';
import { type DestinationKey, describeDestination } from '../model/destination.ts';
import { describeService, type ServiceKey } from '../model/service-key.ts';
import type { CommandFields } from '../wire/fields.ts';
import { IpvsError } from './ipvs-error.ts';

/** Describes a refused request in words that follow `Cannot`. Made of what was sent, so success costs nothing. */
type Action = (request: CommandFields, refusal: KernelError) => string;

/** `patch service tcp 192.0.2.10:80`, `add destination 192.0.2.20:80 to service tcp 192.0.2.10:80`. */
function describe(verb: string, preposition = 'of'): Action {
  return ({ service = { family: 'inet' }, destination }, refusal) => {
    const name = `service ${describeService(service as ServiceKey)}`;
    if (destination)
      return `${verb} destination ${describeDestination(destination as DestinationKey)} ${preposition} ${name}`;
    // The kernel looks these up by name and does not say which it did not find.
    const { scheduler, engine } = refusal.code === 'ENOENT' ? service : {};
    const names = [scheduler && `scheduler ${scheduler}`, engine && `engine ${engine}`].filter(Boolean);
    return `${verb} ${name}${names.length > 0 ? ` with ${names.join(' and ')}` : ''}`;
  };
}

const listDestinations = describe('list the destinations of');

const actions: Readonly<Record<string, Action>> = {
  IPVS_CMD_NEW_SERVICE: describe('add'),
  IPVS_CMD_SET_SERVICE: describe('update'),
  IPVS_CMD_DEL_SERVICE: describe('remove'),
  IPVS_CMD_GET_SERVICE: (request, refusal) =>
    request.service ? describe('read')(request, refusal) : 'list the services',
  IPVS_CMD_NEW_DEST: describe('add', 'to'),
  IPVS_CMD_SET_DEST: describe('update'),
  IPVS_CMD_DEL_DEST: describe('remove', 'from'),
  IPVS_CMD_GET_DEST: listDestinations,
  IPVS_CMD_NEW_DAEMON: ({ daemon }) => `start the ${daemon?.state} sync daemon on ${daemon?.interface}`,
  IPVS_CMD_DEL_DAEMON: ({ daemon }) => `stop the ${daemon?.state} sync daemon`,
  IPVS_CMD_GET_DAEMON: () => 'list the sync daemons',
  IPVS_CMD_SET_CONFIG: () => 'set the timeouts',
  IPVS_CMD_GET_CONFIG: () => 'read the timeouts',
  IPVS_CMD_GET_INFO: () => 'read the version of IPVS',
  IPVS_CMD_ZERO: (request, refusal) =>
    request.service ? describe('zero the counters of')(request, refusal) : 'zero all counters',
  IPVS_CMD_FLUSH: () => 'remove all services',
};

/** The option of a call that makes an IpvsError of its refusal. */
interface ErrorMapping {
  readonly mapError: (refusal: KernelError, request: CommandFields) => IpvsError;
}

function mapErrorsWith(action: Action): ErrorMapping {
  return { mapError: (refusal, request) => new IpvsError(refusal, action(request, refusal)) };
}

/** For a command that the caller asked for. */
export const requestErrors = mapErrorsWith(
  (request, refusal) => actions[refusal.request]?.(request, refusal) ?? refusal.request,
);

/** For the commands of a patch. */
export const patchErrors = mapErrorsWith(describe('patch'));

/** For the commands of a listing of destinations. */
export const listErrors = mapErrorsWith(listDestinations);
