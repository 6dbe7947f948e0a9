import type { DaemonSpec, DaemonState } from '../../ipvs/model/daemon.ts';
import type { DestinationKey, DestinationSpec } from '../../ipvs/model/destination.ts';
import type { ServiceSpec } from '../../ipvs/model/service.ts';
import type { ServiceKey } from '../../ipvs/model/service-key.ts';
import type { Timeouts } from '../../ipvs/model/timeouts.ts';
import type { Line } from '../command-line/parse-command.ts';
import { readDestinationKey, readDestinationSpec } from './destination.ts';
import type { Names } from './endpoint.ts';
import { readServiceKey, readServiceSpec } from './service.ts';
import { readDaemon, readState, readTimeouts } from './settings.ts';

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
type Reader<C> = (line: Line, names?: Names) => Of<C>;

const readService: Reader<'add-service' | 'edit-service'> = (line, names) => ({
  command: line.command as 'add-service' | 'edit-service',
  service: readServiceSpec(line, names),
});

const readServer: Reader<'add-server' | 'edit-server'> = (line, names) => {
  const service = readServiceKey(line, names) as ServiceKey;
  const destination = readDestinationSpec(line, service, names);
  return { command: line.command as 'add-server' | 'edit-server', service, destination };
};

/** How the values of each command are read; each checks them as the API will. */
const readers: { readonly [C in Change['command']]: Reader<C> } = {
  'add-service': readService,
  'edit-service': readService,
  'delete-service': (line, names) => ({
    command: 'delete-service',
    service: readServiceKey(line, names) as ServiceKey,
  }),
  clear: () => ({ command: 'clear' }),
  'add-server': readServer,
  'edit-server': readServer,
  'delete-server': (line, names) => {
    const service = readServiceKey(line, names) as ServiceKey;
    return { command: 'delete-server', service, destination: readDestinationKey(line, service, names) };
  },
  zero: (line, names) => ({ command: 'zero', service: readServiceKey(line, names) }),
  set: (line) => ({ command: 'set', timeouts: readTimeouts(line) }),
  'start-daemon': (line) => ({ command: 'start-daemon', daemon: readDaemon(line) }),
  'stop-daemon': (line) => {
    readDaemon(line); // for --syncid, which ipvsadm takes and the kernel does not look at
    return { command: 'stop-daemon', state: readState(line) };
  },
};

/** Whether a line changes something, and {@link readChange} can read it. */
export function isChange({ command }: Line): boolean {
  return Object.hasOwn(readers, command);
}

/** What a line changes; the line must be one of {@link rulesGrammar}. Throws InputError. */
export function readChange(line: Line, names?: Names): Change {
  return readers[line.command as Change['command']](line, names);
}
