import type { DaemonSpec, DaemonState } from '../../ipvs/model/daemon.ts';
import type { DestinationKey, DestinationSpec } from '../../ipvs/model/destination.ts';
import type { ServiceSpec } from '../../ipvs/model/service.ts';
import type { ServiceKey } from '../../ipvs/model/service-key.ts';
import type { Timeouts } from '../../ipvs/model/timeouts.ts';
import type { ParsedCommand } from '../command-line/parse-command.ts';
import { parseDestinationKey, parseDestinationSpec } from './destination.ts';
import type { NameResolver } from './endpoint.ts';
import { parseServiceKey, parseServiceSpec } from './service.ts';
import { parseDaemon, parseState, parseTimeouts } from './settings.ts';

/** A command of ipvsadm that changes something, with values that the methods of `Ipvs` take as they are. */
export type Change =
  | { readonly command: 'add-service' | 'edit-service'; readonly service: ServiceSpec }
  | { readonly command: 'delete-service'; readonly service: ServiceKey }
  | { readonly command: 'clear' }
  | {
      readonly command: 'add-server' | 'edit-server';
      readonly service: ServiceKey;
      readonly destination: DestinationSpec;
    }
  | { readonly command: 'delete-server'; readonly service: ServiceKey; readonly destination: DestinationKey }
  /** Without a service: all of them. */
  | { readonly command: 'zero'; readonly service: ServiceKey | undefined }
  /** What is left out stays; that may be all three. */
  | { readonly command: 'set'; readonly timeouts: Partial<Timeouts> }
  | { readonly command: 'start-daemon'; readonly daemon: DaemonSpec }
  | { readonly command: 'stop-daemon'; readonly state: DaemonState };

/** The change that a command makes. */
type Of<C, Any = Change> = Any extends { command: infer Commands } ? (C extends Commands ? Any : never) : never;
type ChangeParser<C> = (line: ParsedCommand, names?: NameResolver) => Of<C>;

const parseService: ChangeParser<'add-service' | 'edit-service'> = (line, names) => ({
  command: line.command as 'add-service' | 'edit-service',
  service: parseServiceSpec(line, names),
});

const parseServer: ChangeParser<'add-server' | 'edit-server'> = (line, names) => {
  const service = parseServiceKey(line, names) as ServiceKey;
  const destination = parseDestinationSpec(line, service, names);
  return { command: line.command as 'add-server' | 'edit-server', service, destination };
};

/** How the values of each command are read; each checks them as the API will. */
const parsers: { readonly [C in Change['command']]: ChangeParser<C> } = {
  'add-service': parseService,
  'edit-service': parseService,
  'delete-service': (line, names) => ({
    command: 'delete-service',
    service: parseServiceKey(line, names) as ServiceKey,
  }),
  clear: () => ({ command: 'clear' }),
  'add-server': parseServer,
  'edit-server': parseServer,
  'delete-server': (line, names) => {
    const service = parseServiceKey(line, names) as ServiceKey;
    return { command: 'delete-server', service, destination: parseDestinationKey(line, service, names) };
  },
  zero: (line, names) => ({ command: 'zero', service: parseServiceKey(line, names) }),
  set: (line) => ({ command: 'set', timeouts: parseTimeouts(line) }),
  'start-daemon': (line) => ({ command: 'start-daemon', daemon: parseDaemon(line) }),
  'stop-daemon': (line) => {
    parseDaemon(line); // for --syncid, which ipvsadm takes and the kernel does not look at
    return { command: 'stop-daemon', state: parseState(line) };
  },
};

/** Whether a line changes something, and {@link parseChange} can read it. */
export function isChange({ command }: ParsedCommand): boolean {
  return Object.hasOwn(parsers, command);
}

/** What a line changes; the line must be one of {@link rulesGrammar}. Throws InputError. */
export function parseChange(line: ParsedCommand, names?: NameResolver): Change {
  return parsers[line.command as Change['command']](line, names);
}
