import type { PacketSpec } from '../../../src/testing/index.ts';
import type { Scenario, Step } from './scenario.ts';

/** A scenario for one rule of the kernel, and how it ends. */
export interface WrittenScenario extends Scenario {
  /** The counts of the destinations and the connections, sorted, as they were seen on real kernels. */
  readonly ending: readonly string[];
}

interface Key {
  readonly address: string;
  readonly port: number;
}

type Forwarding = 'masquerade' | 'direct-route';

const service = { protocol: 'tcp', address: '192.0.2.1', port: 80 } as const;
const first: Key = { address: '192.0.2.10', port: 80 };
const second: Key = { address: '192.0.2.11', port: 80 };
const persistence = { timeout: 300 };

/** A turn of the kernel's timers. */
const moment: Step = { wait: 0.1 };

function scenario(title: string, steps: readonly Step[], ending: readonly string[]): WrittenScenario {
  return { title, service, onePacket: false, steps: [...steps, moment], ending };
}

function addService(more: { readonly persistence?: typeof persistence } = {}): Step {
  return { change: { type: 'addService', service: { ...service, scheduler: 'rr', ...more } } };
}

function add(destination: Key, forwarding: Forwarding = 'masquerade'): Step {
  return { change: { type: 'addDestination', service, destination: { ...destination, forwarding } } };
}

function remove(destination: Key): Step {
  return { change: { type: 'removeDestination', service, destination } };
}

function forward(destination: Key, forwarding: Forwarding): Step {
  return { change: { type: 'patchDestination', service, destination, patch: { forwarding } } };
}

/** From client 1, 2, 3, … */
function from(client: number): PacketSpec {
  const virtual = { address: service.address, port: service.port };
  return { protocol: 'tcp', source: { address: `198.18.0.${client}`, port: 40_000 }, virtual };
}

function send(...clients: number[]): Step {
  return { packets: clients.map(from) };
}

function establish(...clients: number[]): Step {
  return { establish: clients.map(from) };
}

function close(...clients: number[]): Step {
  return { close: clients.map(from) };
}

/** Connections of a destination that is removed. */
const removed: readonly WrittenScenario[] = [
  scenario(
    'a moment after a destination was removed its connections are forgotten with expire_nodest_conn',
    [
      { sysctls: { expire_nodest_conn: true } },
      addService(),
      add(first),
      add(second),
      send(1, 2, 3, 4),
      establish(1, 2),
      close(1),
      remove(first),
      moment,
      add(first),
    ],
    [
      '192.0.2.10:80 0 0 0',
      '192.0.2.11:80 1 1 0',
      'tcp 198.18.0.1:40000 192.0.2.1:80 192.0.2.11:80 TIME_WAIT',
      'tcp 198.18.0.3:40000 192.0.2.1:80 192.0.2.11:80 SYN_RECV',
    ],
  ),
  scenario(
    'those of a persistent service go with their template',
    [
      { sysctls: { expire_nodest_conn: true } },
      addService({ persistence }),
      add(first),
      send(1, 2),
      establish(1),
      { change: { type: 'removeService', service } },
      moment,
      addService(),
      add(first),
    ],
    ['192.0.2.10:80 0 0 0'],
  ),
  scenario(
    'without it they stay, and packets between their ends are dropped',
    [addService(), add(first), send(1, 2), establish(1), add(second), remove(first), moment, send(1)],
    [
      '192.0.2.11:80 0 0 0',
      'tcp 198.18.0.1:40000 192.0.2.1:80 192.0.2.10:80 ESTABLISHED',
      'tcp 198.18.0.2:40000 192.0.2.1:80 192.0.2.10:80 SYN_RECV',
    ],
  ),
  scenario(
    'where it is set only later, they stay until another destination is removed',
    [
      addService(),
      add(first),
      add(second),
      send(1, 2, 3),
      establish(1),
      remove(first),
      { sysctls: { expire_nodest_conn: true } },
      moment,
      send(3),
      remove(second),
    ],
    [],
  ),
];

/** The ports of a closed connection are used again. */
const reused: readonly WrittenScenario[] = [
  scenario(
    'a new connection takes the ports of a closed one whose destination was removed',
    [addService(), add(first), send(1, 2), establish(1, 2), close(1), add(second), remove(first), send(1), send(2)],
    [
      '192.0.2.11:80 1 0 0',
      'tcp 198.18.0.1:40000 192.0.2.1:80 192.0.2.11:80 SYN_RECV',
      'tcp 198.18.0.2:40000 192.0.2.1:80 192.0.2.10:80 ESTABLISHED',
    ],
  ),
  scenario(
    'it does not with conn_reuse_mode 0',
    [
      { sysctls: { conn_reuse_mode: 0 } },
      addService(),
      add(first),
      send(1),
      establish(1),
      close(1),
      add(second),
      remove(first),
      send(1),
    ],
    ['192.0.2.11:80 0 0 0', 'tcp 198.18.0.1:40000 192.0.2.1:80 192.0.2.10:80 TIME_WAIT'],
  ),
];

/** A connection and the forwarding method of its destination. */
const forwarded: readonly WrittenScenario[] = [
  scenario(
    'a connection keeps the forwarding method that it was made with',
    [
      { sysctls: { conn_reuse_mode: 3 } },
      addService(),
      add(first, 'direct-route'),
      send(1, 2),
      establish(1, 2),
      forward(first, 'masquerade'),
      close(1, 2),
      send(1),
      establish(1),
      forward(first, 'direct-route'),
      close(1),
      send(3),
      establish(3),
      close(3),
    ],
    [
      '192.0.2.10:80 0 3 0',
      'tcp 198.18.0.1:40000 192.0.2.1:80 192.0.2.10:80 TIME_WAIT',
      'tcp 198.18.0.2:40000 192.0.2.1:80 192.0.2.10:80 FIN_WAIT',
      'tcp 198.18.0.3:40000 192.0.2.1:80 192.0.2.10:80 FIN_WAIT',
    ],
  ),
];

/** Sysctls that decide whether a packet is looked at. */
const limited: readonly WrittenScenario[] = [
  scenario(
    'a backup looks at no packets with backup_only',
    [
      addService(),
      add(first, 'direct-route'),
      send(1, 2, 3),
      establish(1, 2),
      close(1),
      { change: { type: 'startDaemon', daemon: { state: 'backup', interface: 'd0', syncId: 1 } } },
      send(4),
      { sysctls: { backup_only: true } },
      send(5),
      send(1),
      establish(3),
      close(2),
      { change: { type: 'stopDaemon', state: 'backup' } },
      send(6),
    ],
    [
      '192.0.2.10:80 4 1 0',
      'tcp 198.18.0.1:40000 192.0.2.1:80 192.0.2.10:80 FIN_WAIT',
      'tcp 198.18.0.2:40000 192.0.2.1:80 192.0.2.10:80 ESTABLISHED',
      'tcp 198.18.0.3:40000 192.0.2.1:80 192.0.2.10:80 SYN_RECV',
      'tcp 198.18.0.4:40000 192.0.2.1:80 192.0.2.10:80 SYN_RECV',
      'tcp 198.18.0.6:40000 192.0.2.1:80 192.0.2.10:80 SYN_RECV',
    ],
  ),
];

/** From 7.2 on. */
const limitedByNumber: readonly WrittenScenario[] = [
  scenario(
    'no more connections and templates are made than conn_max',
    [
      { sysctls: { conn_max: 2 } },
      addService({ persistence }),
      add(first),
      add(second),
      send(1, 2),
      { sysctls: { conn_max: 3 } },
      send(3),
      { sysctls: { conn_max: 4 } },
      send(3),
    ],
    [
      '192.0.2.10:80 0 0 0',
      '192.0.2.11:80 2 0 2',
      'tcp 198.18.0.1:0 192.0.2.1:80 192.0.2.11:80 NONE',
      'tcp 198.18.0.1:40000 192.0.2.1:80 192.0.2.11:80 SYN_RECV',
      'tcp 198.18.0.3:0 192.0.2.1:80 192.0.2.11:80 NONE',
      'tcp 198.18.0.3:40000 192.0.2.1:80 192.0.2.11:80 SYN_RECV',
    ],
  ),
];

/** Those that a version of the kernel has the sysctls for. */
export function writtenScenarios(version: string): readonly WrittenScenario[] {
  const [major = 0] = version.split('.').map(Number);
  return [...removed, ...reused, ...forwarded, ...limited, ...(major >= 7 ? limitedByNumber : [])];
}

/** As `test.each` names them by their titles. */
export function titled(scenarios: readonly WrittenScenario[]): [title: string, scenario: WrittenScenario][] {
  return scenarios.map((scenario) => [scenario.title, scenario]);
}
