import { InputError } from '../../errors/input-error.ts';
import type { ParsedCommand, ParsedOption } from './parse-command.ts';
import { RulesError } from './rules-error.ts';

/** The slot that says each field of the API, the likelier first where there are two. */
const slots: Readonly<Record<string, readonly string[]>> = {
  'service.address': ['service'],
  'service.port': ['service'],
  'service.fwmark': ['service'],
  'service.family': ['ipv6'],
  'service.scheduler': ['scheduler'],
  'service.flags': ['sched-flags', 'ops'],
  'destination.address': ['real-server'],
  'destination.port': ['real-server'],
  'destination.weight': ['weight'],
  'destination.upperThreshold': ['u-threshold'],
  'destination.lowerThreshold': ['l-threshold'],
  'destination.forwarding.tunnel': ['tun-type'],
  'destination.forwarding.port': ['tun-port'],
  'destination.forwarding.checksum': ['checksum'],
  'daemon.state': ['start-daemon', 'stop-daemon'],
  'daemon.interface': ['mcast-interface'],
  'daemon.syncId': ['syncid'],
  'daemon.maxLength': ['sync-maxlen'],
  'daemon.group': ['mcast-group'],
  'daemon.port': ['mcast-port'],
  'daemon.ttl': ['mcast-ttl'],
  ...persistenceSlots('persistence'),
  ...persistenceSlots('dormantPersistence'),
};

const timeouts = ['timeouts.tcp', 'timeouts.tcpFin', 'timeouts.udp'];

function persistenceSlots(state: string): Record<string, readonly string[]> {
  return {
    [`service.${state}.timeout`]: ['persistent'],
    [`service.${state}.netmask`]: ['netmask'],
    [`service.${state}.prefixLength`]: ['netmask'],
    [`service.${state}.engine`]: ['pe'],
  };
}

/** Runs what reads a line; an InputError comes out as a RulesError, with the option that said the wrong thing. */
export function located<T>(line: ParsedCommand, read: (line: ParsedCommand) => T): T {
  try {
    return read(line);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const candidates = slots[error.path] ?? [];
    const given =
      candidates.map((slot) => line.given.get(slot)).find(Boolean) ?? line.values[timeouts.indexOf(error.path)];
    if (given) throw new RulesError(error.rule, error.value, error.path, given);
    // Nothing said it: an option is missing, and the message says which and what it would have to be.
    const command = line.given.get(line.command) as ParsedOption;
    const option = candidates[0] === undefined ? command.option : `${command.option} without --${candidates[0]}`;
    throw new RulesError(error.rule, error.value, error.path, { ...command, option });
  }
}
