import type { ConnectionCounter } from '../servers/real-server.ts';

/** The timeouts that can be set, in seconds. */
export interface SetTimeouts {
  readonly tcp: number;
  readonly tcpFin: number;
  readonly udp: number;
}

/** The states of a protocol. */
export interface ProtocolStates {
  /** Seconds in each state. */
  timeouts(set: SetTimeouts): Readonly<Record<string, number>>;
  /** Those in which a connection counts as active. */
  readonly active: readonly string[];
  /** The state that a connection is put in where none is said. */
  readonly usual: string;
  /** The state after a client's first packet, from each state that it is not the usual one from. */
  readonly opened: Readonly<Record<string, string>> & { readonly usual: string };
}

/** One round trip of SCTP: IP_VS_SCTP_MAX_RTO. */
const ROUND_TRIP = 61;

/** The states of each protocol that has connections, by its number. */
export const protocolStates: ReadonlyMap<number, ProtocolStates> = new Map<number, ProtocolStates>([
  // ip_vs_proto_tcp.c: tcp_timeouts, tcp_state_active_table and the first row of tcp_states
  [
    6,
    {
      timeouts: ({ tcp, tcpFin }) => ({
        NONE: 2,
        ESTABLISHED: tcp,
        SYN_SENT: 120,
        SYN_RECV: 60,
        FIN_WAIT: tcpFin,
        TIME_WAIT: 120,
        CLOSE: 10,
        CLOSE_WAIT: 60,
        LAST_ACK: 30,
        LISTEN: 120,
        SYNACK: 120,
      }),
      active: ['ESTABLISHED', 'SYN_SENT', 'SYN_RECV', 'SYNACK'],
      usual: 'ESTABLISHED',
      opened: { ESTABLISHED: 'ESTABLISHED', SYN_SENT: 'ESTABLISHED', usual: 'SYN_RECV' },
    },
  ],
  // ip_vs_proto_udp.c: udp_timeouts
  [
    17,
    {
      timeouts: ({ udp }) => ({ UDP: udp }),
      active: [],
      usual: 'UDP',
      opened: { usual: 'UDP' },
    },
  ],
  // ip_vs_proto_sctp.c: sctp_timeouts, set_sctp_state and the second row of sctp_states
  [
    132,
    {
      timeouts: () => ({
        NONE: 2,
        INIT1: 4,
        INIT: ROUND_TRIP,
        'C-SENT': ROUND_TRIP,
        'C-REPLIED': ROUND_TRIP,
        'C-WAIT': ROUND_TRIP,
        COOKIE: ROUND_TRIP,
        'C-ECHOED': ROUND_TRIP,
        ESTABLISHED: 900,
        'S-SENT': ROUND_TRIP,
        'S-RECEIVED': ROUND_TRIP,
        'S-ACK-SENT': ROUND_TRIP,
        REJECTED: 4,
        CLOSED: ROUND_TRIP,
      }),
      active: ['ESTABLISHED'],
      usual: 'ESTABLISHED',
      opened: {
        ...Object.fromEntries(
          [
            'C-SENT',
            'C-REPLIED',
            'C-WAIT',
            'COOKIE',
            'C-ECHOED',
            'ESTABLISHED',
            'S-SENT',
            'S-RECEIVED',
            'S-ACK-SENT',
          ].map((state) => [state, state]),
        ),
        NONE: 'INIT1',
        usual: 'INIT',
      },
    },
  ],
]);

/** The states of a persistence template (ip_vs_conn.c, ip_vs_state_name); it has a timeout of its own. */
export const templateStates: ProtocolStates = {
  timeouts: () => ({ NONE: 60, ASSURED: 60 }),
  active: [],
  usual: 'NONE',
  opened: { usual: 'NONE' },
};

/** How a connection in a state counts. */
export function counterOf({ active }: ProtocolStates, state: string): ConnectionCounter {
  return active.includes(state) ? 'active' : 'inactive';
}

/** The state after a client's first packet: a SYN, an INIT, a datagram. */
export function opened({ opened }: ProtocolStates, before: string): string {
  return opened[before] ?? opened.usual;
}
