/** What an option of ipvsadm's grammar looks like. */
export interface OptionRow {
  /** Its letters, of which each will do: `'t'` for `-t`. */
  readonly short?: string;
  /** What it takes, in words for people; absent for one that takes nothing. */
  readonly operand?: string;
  /** Whether what it takes may be left out. */
  readonly optional?: boolean;
  /** What it sets; options that set the same thing cannot be combined. Default: its name. */
  readonly slot?: string;
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

const setup = ['scheduler', 'persistent', 'netmask', 'pe', 'ops', 'sched-flags', 'ipv6'];
const server = ['forward', 'weight', 'u-threshold', 'l-threshold', 'tun-type', 'tun-port', 'checksum', 'ipv6'];

/** What a line of a rules file may say: ipvsadm 1.31 but for its listings, `--save` and `--restore`. */
export const rulesGrammar: Grammar = {
  commands: {
    'add-service': { short: 'A', needs: ['service'], takes: setup },
    'edit-service': { short: 'E', needs: ['service'], takes: setup },
    'delete-service': { short: 'D', needs: ['service'], takes: ['ipv6'] },
    clear: { short: 'C' },
    'add-server': { short: 'a', needs: ['service', 'real-server'], takes: server },
    'edit-server': { short: 'e', needs: ['service', 'real-server'], takes: server },
    'delete-server': { short: 'd', needs: ['service', 'real-server'], takes: ['ipv6'] },
    zero: { short: 'Z', takes: ['service', 'ipv6'] },
    set: { values: ['TCP', 'TCPFIN', 'UDP'] },
    'start-daemon': {
      operand: 'master|backup',
      takes: ['mcast-interface', 'syncid', 'sync-maxlen', 'mcast-group', 'mcast-port', 'mcast-ttl'],
    },
    'stop-daemon': { operand: 'master|backup', takes: ['syncid'] },
  },
  options: {
    'tcp-service': { short: 't', operand: 'HOST[:PORT]', slot: 'service' },
    'udp-service': { short: 'u', operand: 'HOST[:PORT]', slot: 'service' },
    'sctp-service': { operand: 'HOST[:PORT]', slot: 'service' },
    'fwmark-service': { short: 'f', operand: 'MARK', slot: 'service' },
    ipv6: { short: '6' },
    scheduler: { short: 's', operand: 'NAME' },
    persistent: { short: 'p', operand: 'SECONDS', optional: true },
    netmask: { short: 'M', operand: 'MASK|BITS' },
    pe: { operand: 'NAME' },
    ops: { short: 'o' },
    'sched-flags': { short: 'b', operand: 'FLAG,...' },
    'real-server': { short: 'r', operand: 'HOST[:PORT]' },
    gatewaying: { short: 'g', slot: 'forward' },
    ipip: { short: 'i', slot: 'forward' },
    masquerading: { short: 'm', slot: 'forward' },
    'tun-type': { operand: 'ipip|gue|gre' },
    'tun-port': { operand: 'PORT' },
    'tun-nocsum': { slot: 'checksum' },
    'tun-csum': { slot: 'checksum' },
    'tun-remcsum': { slot: 'checksum' },
    weight: { short: 'w', operand: 'N' },
    'u-threshold': { short: 'x', operand: 'N' },
    'l-threshold': { short: 'y', operand: 'N' },
    'mcast-interface': { operand: 'INTERFACE' },
    syncid: { operand: 'N' },
    'sync-maxlen': { operand: 'BYTES' },
    'mcast-group': { operand: 'ADDRESS' },
    'mcast-port': { operand: 'PORT' },
    'mcast-ttl': { operand: 'N' },
  },
};
