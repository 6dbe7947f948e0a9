import { type DaemonSpec, type DaemonState, encodeDaemon, validateDaemonState } from '../../ipvs/model/daemon.ts';
import { encodeTimeouts, TIMEOUT_NAMES, type Timeouts } from '../../ipvs/model/timeouts.ts';
import type { ParsedCommand } from '../command-line/parse-command.ts';
import { toNumber } from './endpoint.ts';

/** The timeouts that a line sets; 0 leaves one as it is. */
export function parseTimeouts({ values }: ParsedCommand): Partial<Timeouts> {
  const all = TIMEOUT_NAMES.map((name, i) => [name, toNumber(values[i]?.operand)] as const);
  const timeouts = Object.fromEntries(all.filter(([, seconds]) => seconds !== 0));
  if (Object.keys(timeouts).length > 0) encodeTimeouts(timeouts);
  return timeouts;
}

/** ipvsadm's, where the kernel has none. */
const DEFAULT_INTERFACE = 'eth0';

/** The sync daemon that a line starts. */
export function parseDaemon(line: ParsedCommand): DaemonSpec {
  const text = (field: string) => line.given.get(`daemon.${field}`)?.operand;
  const number = (field: string) => {
    const operand = text(field);
    return operand === undefined ? undefined : toNumber(operand);
  };
  const said = Object.entries({
    state: parseState(line),
    interface: text('interface') ?? DEFAULT_INTERFACE,
    syncId: number('syncId'),
    maxLength: number('maxLength'),
    group: text('group'),
    port: number('port'),
    ttl: number('ttl'),
  }).filter(([, value]) => value !== undefined);
  const daemon = Object.fromEntries(said) as unknown as DaemonSpec;
  encodeDaemon(daemon);
  return daemon;
}

/** Which sync daemon a line speaks of. */
export function parseState({ command, given }: ParsedCommand): DaemonState {
  return validateDaemonState(given.get(command)?.operand as DaemonState);
}
