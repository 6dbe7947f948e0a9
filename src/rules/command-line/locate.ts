import { InputError } from '../../errors/input-error.ts';
import type { ParsedCommand, ParsedOption } from './parse-command.ts';
import { RulesError } from './rules-error.ts';

/** The slots that say the fields of the API, the likelier first where there are two. */
const slots: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  service: {
    address: 'service',
    port: 'service',
    fwmark: 'service',
    family: 'ipv6',
    scheduler: 'scheduler',
    flags: 'sched-flags ops',
    'persistence.timeout': 'persistent',
    'persistence.netmask': 'netmask',
    'persistence.prefixLength': 'netmask',
    'persistence.engine': 'pe',
  },
  destination: {
    address: 'real-server',
    port: 'real-server',
    weight: 'weight',
    upperThreshold: 'u-threshold',
    lowerThreshold: 'l-threshold',
    'forwarding.tunnel': 'tun-type',
    'forwarding.port': 'tun-port',
    'forwarding.checksum': 'checksum',
  },
  daemon: {
    state: 'start-daemon stop-daemon',
    interface: 'mcast-interface',
    syncId: 'syncid',
    maxLength: 'sync-maxlen',
    group: 'mcast-group',
    port: 'mcast-port',
    ttl: 'mcast-ttl',
  },
};

const timeouts = ['timeouts.tcp', 'timeouts.tcpFin', 'timeouts.udp'];

function slotsOf(path: string): string[] {
  const [, object = '', field = ''] = /^(\w+)\.(.*)/.exec(path.replace('dormantP', 'p')) ?? [];
  return slots[object]?.[field]?.split(' ') ?? [];
}

/** Runs what reads a line; an InputError comes out as a RulesError, with the option that said the wrong thing. */
export function located<T>(line: ParsedCommand, read: (line: ParsedCommand) => T): T {
  try {
    return read(line);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const candidates = slotsOf(error.path);
    const given =
      candidates.map((slot) => line.given.get(slot)).find(Boolean) ?? line.values[timeouts.indexOf(error.path)];
    if (given) throw new RulesError(error.rule, error.value, error.path, given);
    // Nothing said it: an option is missing, and the message says which and what it would have to be.
    const command = line.given.get(line.command) as ParsedOption;
    const option = candidates[0] === undefined ? command.option : `${command.option} without --${candidates[0]}`;
    throw new RulesError(error.rule, error.value, error.path, { ...command, option });
  }
}
