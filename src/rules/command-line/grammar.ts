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
  /** What it is for. */
  readonly about: string;
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
    'add-service': { short: 'A', about: 'add a virtual service', needs: ['service'], takes: setup },
    'edit-service': {
      short: 'E',
      about: 'set up a virtual service anew; what is not given gets its default',
      needs: ['service'],
      takes: setup,
    },
    'delete-service': {
      short: 'D',
      about: 'delete a virtual service and its servers',
      needs: ['service'],
      takes: ['ipv6'],
    },
    clear: { short: 'C', about: 'delete everything, whoever made it' },
    'add-server': { short: 'a', about: 'add a server to a service', needs: ['service', 'real-server'], takes: server },
    'edit-server': {
      short: 'e',
      about: 'set up a server anew; what is not given gets its default',
      needs: ['service', 'real-server'],
      takes: server,
    },
    'delete-server': {
      short: 'd',
      about: 'delete a server of a service',
      needs: ['service', 'real-server'],
      takes: ['ipv6'],
    },
    zero: { short: 'Z', about: 'set the counters of a service to zero, or all', takes: ['service', 'ipv6'] },
    set: {
      about: 'set the timeouts of connections, in seconds; 0 leaves one as it is',
      values: ['TCP', 'TCPFIN', 'UDP'],
    },
    'start-daemon': {
      operand: 'master|backup',
      about: 'start a connection synchronization daemon',
      takes: ['mcast-interface', 'syncid', 'sync-maxlen', 'mcast-group', 'mcast-port', 'mcast-ttl'],
    },
    'stop-daemon': {
      operand: 'master|backup',
      about: 'stop a connection synchronization daemon',
      takes: ['syncid'],
    },
  },
  options: {
    'tcp-service': { short: 't', operand: 'HOST[:PORT]', slot: 'service', about: 'a service of TCP' },
    'udp-service': { short: 'u', operand: 'HOST[:PORT]', slot: 'service', about: 'a service of UDP' },
    'sctp-service': { operand: 'HOST[:PORT]', slot: 'service', about: 'a service of SCTP' },
    'fwmark-service': {
      short: 'f',
      operand: 'MARK',
      slot: 'service',
      about: 'a service of what has a firewall mark, 1 to 4294967295',
    },
    ipv6: { short: '6', about: 'the firewall mark is one of IPv6 packets' },
    scheduler: { short: 's', operand: 'NAME', about: 'how servers are chosen: rr, wrr, lc, wlc (default), ..., mh' },
    persistent: {
      short: 'p',
      operand: 'SECONDS',
      optional: true,
      about: 'keep a client at its server for so long, default 360',
    },
    netmask: {
      short: 'M',
      operand: 'MASK|BITS',
      about: 'clients persist together that are equal under this mask (IPv4) or in so many bits (IPv6)',
    },
    pe: { operand: 'NAME', about: 'persistence engine: sip' },
    ops: { short: 'o', about: 'one-packet scheduling, for UDP and firewall marks' },
    'sched-flags': {
      short: 'b',
      operand: 'FLAG,...',
      about: 'flag-1, flag-2, flag-3; sh-fallback, sh-port; mh-fallback, mh-port',
    },
    'real-server': { short: 'r', operand: 'HOST[:PORT]', about: "the server; without a port, the service's" },
    gatewaying: { short: 'g', slot: 'forward', about: 'direct routing (default)' },
    ipip: { short: 'i', slot: 'forward', about: 'a tunnel' },
    masquerading: { short: 'm', slot: 'forward', about: 'masquerading (NAT)' },
    'tun-type': { operand: 'ipip|gue|gre', about: 'type of the tunnel, default ipip' },
    'tun-port': { operand: 'PORT', about: 'UDP port of a gue tunnel' },
    'tun-nocsum': { slot: 'checksum', about: 'no checksum in the tunnel: gue, gre (default)' },
    'tun-csum': { slot: 'checksum', about: 'a checksum in the tunnel: gue, gre' },
    'tun-remcsum': { slot: 'checksum', about: 'a remote checksum in the tunnel: gue' },
    weight: { short: 'w', operand: 'N', about: 'share of the connections, 0 to 2147483647, default 1' },
    'u-threshold': {
      short: 'x',
      operand: 'N',
      about: 'with so many connections it takes no more, default 0, no limit',
    },
    'l-threshold': { short: 'y', operand: 'N', about: 'with fewer than so many it takes more again' },
    'mcast-interface': { operand: 'INTERFACE', about: 'network interface of the daemon, default eth0' },
    syncid: { operand: 'N', about: 'id of the daemon, 0 to 255, default 0' },
    'sync-maxlen': { operand: 'BYTES', about: 'size of a message, 1 to 65507' },
    'mcast-group': { operand: 'ADDRESS', about: 'multicast group, default 224.0.0.81' },
    'mcast-port': { operand: 'PORT', about: 'UDP port of the daemon, default 8848' },
    'mcast-ttl': { operand: 'N', about: 'hops of the messages, 1 to 255, default 1' },
  },
};
