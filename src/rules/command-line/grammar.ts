/** What an option of ipvsadm's grammar looks like. */
export interface OptionRow {
  /** Its letters, of which each will do: `'t'` for `-t`. */
  readonly short?: string;
  /** What it takes, in words for people; absent for one that takes nothing. */
  readonly operand?: string | undefined;
  /** Whether what it takes may be left out. */
  readonly optional?: boolean;
  /** What it sets; options that set the same thing cannot be combined. Default: its name. */
  readonly slot?: string | undefined;
  /** The slots that it cannot be combined with. */
  readonly excludes?: readonly string[];
}

/** What a command of ipvsadm's grammar looks like; it is the first option of a line. */
export interface CommandRow extends Omit<OptionRow, 'slot' | 'optional' | 'excludes'> {
  /** The values that follow it, by name. */
  readonly values?: readonly string[];
  /** The slots of options that must be given. */
  readonly needs?: readonly string[];
  /** The slots of options that may be given. */
  readonly takes?: readonly string[];
}

/** Commands and options by their long names, without the dashes. */
export interface Grammar {
  readonly commands: Readonly<Record<string, CommandRow>>;
  readonly options: Readonly<Record<string, OptionRow>>;
}

const service = ['service'];
const both = ['service', 'real-server'];
const ipv6 = ['ipv6'];
const setup = ['scheduler', 'persistent', 'netmask', 'pe', 'ops', 'sched-flags', 'ipv6'];
const server = ['forward', 'weight', 'u-threshold', 'l-threshold', 'tun-type', 'tun-port', 'checksum', 'ipv6'];

const HOST = 'HOST[:PORT]';

/** An option as a row, which takes less of a bundle than its properties by name. */
function option(short = '', operand?: string, slot?: string): OptionRow {
  return { short, operand, slot };
}

/** What a line of a rules file may say: ipvsadm 1.31 but for its listings, `--save` and `--restore`. */
export const rulesGrammar: Grammar = {
  commands: {
    'add-service': { short: 'A', needs: service, takes: setup },
    'edit-service': { short: 'E', needs: service, takes: setup },
    'delete-service': { short: 'D', needs: service, takes: ipv6 },
    clear: { short: 'C' },
    'add-server': { short: 'a', needs: both, takes: server },
    'edit-server': { short: 'e', needs: both, takes: server },
    'delete-server': { short: 'd', needs: both, takes: ipv6 },
    zero: { short: 'Z', takes: ['service', 'ipv6'] },
    set: { values: ['TCP', 'TCPFIN', 'UDP'] },
    'start-daemon': {
      operand: 'master|backup',
      takes: ['mcast-interface', 'syncid', 'sync-maxlen', 'mcast-group', 'mcast-port', 'mcast-ttl'],
    },
    'stop-daemon': { operand: 'master|backup', takes: ['syncid'] },
  },
  options: {
    'tcp-service': option('t', HOST, 'service'),
    'udp-service': option('u', HOST, 'service'),
    'sctp-service': option('', HOST, 'service'),
    'fwmark-service': option('f', 'MARK', 'service'),
    ipv6: option('6'),
    scheduler: option('s', 'NAME'),
    persistent: { ...option('p', 'SECONDS'), optional: true },
    netmask: option('M', 'MASK|BITS'),
    pe: option('', 'NAME'),
    ops: option('o'),
    'sched-flags': option('b', 'FLAG,...'),
    'real-server': option('r', HOST),
    gatewaying: option('g', undefined, 'forward'),
    ipip: option('i', undefined, 'forward'),
    masquerading: option('m', undefined, 'forward'),
    'tun-type': option('', 'ipip|gue|gre'),
    'tun-port': option('', 'PORT'),
    'tun-nocsum': option('', undefined, 'checksum'),
    'tun-csum': option('', undefined, 'checksum'),
    'tun-remcsum': option('', undefined, 'checksum'),
    weight: option('w', 'N'),
    'u-threshold': option('x', 'N'),
    'l-threshold': option('y', 'N'),
    'mcast-interface': option('', 'INTERFACE'),
    syncid: option('', 'N'),
    'sync-maxlen': option('', 'BYTES'),
    'mcast-group': option('', 'ADDRESS'),
    'mcast-port': option('', 'PORT'),
    'mcast-ttl': option('', 'N'),
  },
};
