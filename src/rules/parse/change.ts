import type { Change } from '../../ipvs/change.ts';
import type { ServiceKey } from '../../ipvs/model/service-key.ts';
import type { ParsedCommand } from '../command-line/parse-command.ts';
import { parseDestinationKey, parseDestinationSpec } from './destination.ts';
import type { NameResolver } from './endpoint.ts';
import { parseServiceKey, parseServiceSpec } from './service.ts';
import { parseDaemon, parseState, parseTimeouts } from './settings.ts';

/** The change that a command of ipvsadm makes. */
type ChangeOf<Type, Any = Change> = Any extends { type: infer Types } ? (Type extends Types ? Any : never) : never;
type ChangeParser<Type = Change['type']> = (line: ParsedCommand, names?: NameResolver) => ChangeOf<Type>;

const parseService =
  (type: 'addService' | 'updateService'): ChangeParser<typeof type> =>
  (line, names) => ({ type, service: parseServiceSpec(line, names) });

const parseServer =
  (type: 'addDestination' | 'updateDestination'): ChangeParser<typeof type> =>
  (line, names) => {
    const service = parseServiceKey(line, names) as ServiceKey;
    return { type, service, destination: parseDestinationSpec(line, service, names) };
  };

/** How each command of ipvsadm is parsed; values are checked as the API checks them. */
const parsers: Readonly<Record<string, ChangeParser>> = {
  'add-service': parseService('addService'),
  'edit-service': parseService('updateService'),
  'delete-service': (line, names) => ({ type: 'removeService', service: parseServiceKey(line, names) as ServiceKey }),
  clear: () => ({ type: 'flush' }),
  'add-server': parseServer('addDestination'),
  'edit-server': parseServer('updateDestination'),
  'delete-server': (line, names) => {
    const service = parseServiceKey(line, names) as ServiceKey;
    return { type: 'removeDestination', service, destination: parseDestinationKey(line, service, names) };
  },
  zero: (line, names) => ({ type: 'zero', service: parseServiceKey(line, names) }),
  set: (line) => ({ type: 'setTimeouts', timeouts: parseTimeouts(line) }),
  'start-daemon': (line) => ({ type: 'startDaemon', daemon: parseDaemon(line) }),
  'stop-daemon': (line) => {
    parseDaemon(line); // for --syncid, which ipvsadm takes and the kernel does not look at
    return { type: 'stopDaemon', state: parseState(line) };
  },
};

/** Whether a line changes something, and {@link parseChange} can read it. */
export function isChange({ command }: ParsedCommand): boolean {
  return Object.hasOwn(parsers, command);
}

/** What a line changes; the line must be one of {@link rulesGrammar}. Throws InputError. */
export function parseChange(line: ParsedCommand, names?: NameResolver): Change {
  const parse = parsers[line.command];
  if (!parse) throw new TypeError(`${line.command} changes nothing`);
  return parse(line, names);
}
