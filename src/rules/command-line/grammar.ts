/** What an option of ipvsadm's grammar looks like. */
export interface OptionRow {
  /** Its letters, of which each will do: `'t'` for `-t`. */
  readonly short?: string | undefined;
  /** What it takes, in words for people; absent for one that takes nothing. */
  readonly operand?: string | undefined;
  /** Whether what it takes may be left out. */
  readonly optional?: boolean | undefined;
  /** The field of the API that it sets; options of the same slot cannot be combined. Default: its name. */
  readonly slot?: string | undefined;
}

/** What a command of ipvsadm's grammar looks like; it is the first option of a line. */
export interface CommandRow extends Omit<OptionRow, 'slot' | 'optional'> {
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

const HOST = 'HOST[:PORT]';

const options: Grammar['options'] = {
  ...rowsOf('service', {
    'tcp-service': ['', HOST, 't'],
    'udp-service': ['', HOST, 'u'],
    'sctp-service': ['', HOST],
    'fwmark-service': ['', 'MARK', 'f'],
    ipv6: ['family', undefined, '6'],
    scheduler: ['scheduler', 'NAME', 's'],
    persistent: ['persistence.timeout', 'SECONDS', 'p', true],
    netmask: ['persistence.netmask', 'MASK|BITS', 'M'],
    pe: ['persistence.engine', 'NAME'],
    ops: ['flags.one-packet', undefined, 'o'],
    'sched-flags': ['flags', 'FLAG,...', 'b'],
  }),
  ...rowsOf('destination', {
    'real-server': ['', HOST, 'r'],
    gatewaying: ['forwarding', undefined, 'g'],
    ipip: ['forwarding', undefined, 'i'],
    masquerading: ['forwarding', undefined, 'm'],
    'tun-type': ['forwarding.tunnel', 'ipip|gue|gre'],
    'tun-port': ['forwarding.port', 'PORT'],
    'tun-nocsum': ['forwarding.checksum'],
    'tun-csum': ['forwarding.checksum'],
    'tun-remcsum': ['forwarding.checksum'],
    weight: ['weight', 'N', 'w'],
    'u-threshold': ['upperThreshold', 'N', 'x'],
    'l-threshold': ['lowerThreshold', 'N', 'y'],
  }),
  ...rowsOf('daemon', {
    'mcast-interface': ['interface', 'INTERFACE'],
    syncid: ['syncId', 'N'],
    'sync-maxlen': ['maxLength', 'BYTES'],
    'mcast-group': ['group', 'ADDRESS'],
    'mcast-port': ['port', 'PORT'],
    'mcast-ttl': ['ttl', 'N'],
  }),
};

/** An option by its field, `''` for the key, which takes less of a bundle than a row's properties by name. */
type Row = readonly [field: string, operand?: string | undefined, short?: string, optional?: boolean];

/** The options that set an object's key and fields. */
function rowsOf(object: string, rows: Readonly<Record<string, Row>>): Record<string, OptionRow> {
  const named = Object.entries(rows).map(([name, [field, operand, short, optional]]) => {
    const slot = field ? `${object}.${field}` : object;
    return [name, { short, operand, optional, slot }] as const;
  });
  return Object.fromEntries(named);
}

/** The slots of an object's fields, in the order of their options. */
export function fieldsOf(object: string): string[] {
  const slots = Object.values(options).map(({ slot = '' }) => slot);
  return [...new Set(slots)].filter((slot) => slot.startsWith(`${object}.`));
}

/** A command by its letter, with the slots of its options: again less than the properties by name. */
function command(short: string, needs: readonly string[], takes: readonly string[]): CommandRow {
  return { short, needs, takes };
}

const service = ['service'];
const both = ['service', 'destination'];
const family = ['service.family'];
const setup = fieldsOf('service');
const server = [...family, ...fieldsOf('destination')];

/** What a line of a rules file may say: ipvsadm 1.31 but for its listings, `--save` and `--restore`. */
export const rulesGrammar: Grammar = {
  commands: {
    'add-service': command('A', service, setup),
    'edit-service': command('E', service, setup),
    'delete-service': command('D', service, family),
    clear: { short: 'C' },
    'add-server': command('a', both, server),
    'edit-server': command('e', both, server),
    'delete-server': command('d', both, family),
    zero: { short: 'Z', takes: [...service, ...family] },
    set: { values: ['TCP', 'TCPFIN', 'UDP'] },
    'start-daemon': { operand: 'master|backup', takes: fieldsOf('daemon') },
    'stop-daemon': { operand: 'master|backup', takes: ['daemon.syncId'] },
  },
  options,
};
