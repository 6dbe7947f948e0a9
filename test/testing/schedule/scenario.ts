import type { Change, ServiceKey, Sysctls } from '../../../src/ipvs/index.ts';
import type { PacketSpec } from '../../../src/testing/index.ts';

/** What happens to a service, and which packets its clients send. */
export interface Scenario {
  readonly title: string;
  readonly service: ServiceKey;
  /** True if the service schedules each packet by itself, so that no connection shows where it went. */
  readonly onePacket: boolean;
  readonly steps: readonly Step[];
}

/** The connections of `establish` and `close` are named by their first packets. */
export type Step =
  | { readonly change: Change }
  | { readonly packets: readonly PacketSpec[] }
  | { readonly establish: readonly PacketSpec[] }
  | { readonly close: readonly PacketSpec[] }
  | { readonly sysctls: Sysctls }
  /** Lets seconds pass. */
  | { readonly wait: number };

/** A kernel, real or not, that a scenario is played to. */
export interface Side {
  change(change: Change): Promise<void>;
  /** Sends packets, one after the other. @returns the servers they went to, for a service that schedules each by itself */
  send(packets: readonly PacketSpec[]): Promise<readonly string[] | undefined>;
  establish(packet: PacketSpec): Promise<void>;
  close(packet: PacketSpec): Promise<void>;
  setSysctls(sysctls: Sysctls): Promise<void>;
  wait(seconds: number): Promise<void>;
  connections(): Promise<Connections>;
  /** A line for each destination. */
  counts(): Promise<string[]>;
}

/** The connection table without its seconds. */
export interface Connections {
  /** Where connections lead, by their ends. */
  readonly servers: ReadonlyMap<string, string>;
  /** A line for each. */
  readonly lines: readonly string[];
}

/** What was seen after a step. */
export interface Outcome {
  /** Where each packet went; `'-'` for nowhere. */
  readonly choices: readonly string[];
  /** Connections, where packets were sent or time passed, and the counts of the destinations, in an order of no meaning. */
  readonly lines: readonly string[];
}

const nothing: Connections = { servers: new Map(), lines: [] };

/** Plays a scenario, step by step. */
export async function* play({ steps }: Scenario, side: Side): AsyncGenerator<Outcome, void, undefined> {
  for (const step of steps) {
    const packets = 'packets' in step ? step.packets : [];
    const servers = packets.length > 0 ? await side.send(packets) : undefined;
    if ('change' in step) await side.change(step.change);
    if ('establish' in step) for (const packet of step.establish) await side.establish(packet);
    if ('close' in step) for (const packet of step.close) await side.close(packet);
    if ('sysctls' in step) await side.setSysctls(step.sysctls);
    if ('wait' in step) await side.wait(step.wait);
    const { servers: leads, lines } = packets.length > 0 || 'wait' in step ? await side.connections() : nothing;
    const choices = servers ?? packets.map((packet) => leads.get(ends(packet)) ?? '-');
    yield { choices, lines: [...lines, ...(await side.counts())] };
  }
}

/** An INIT alone is forgotten after 4 seconds, which a slow machine may take for a step; after a second one the time is 61. */
export function timesSent({ protocol }: PacketSpec): number {
  return protocol === 'sctp' ? 2 : 1;
}

/** A text that names a connection. */
export function ends({
  protocol,
  source,
  virtual,
}: Pick<PacketSpec, 'source' | 'virtual'> & { protocol: string }): string {
  return `${protocol} ${source.address}:${source.port} ${virtual.address}:${virtual.port}`;
}
