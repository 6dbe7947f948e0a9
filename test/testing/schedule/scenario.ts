import type { Change, ServiceKey } from '../../../src/ipvs/index.ts';
import type { PacketSpec } from '../../../src/testing/index.ts';

/** What happens to a service, and which packets its clients send. */
export interface Scenario {
  readonly title: string;
  readonly service: ServiceKey;
  readonly steps: readonly Step[];
}

/** The connections of `establish` and `close` are named by their first packets. */
export type Step =
  | { readonly change: Change }
  | { readonly packets: readonly PacketSpec[] }
  | { readonly establish: readonly PacketSpec[] }
  | { readonly close: readonly PacketSpec[] }
  /** Seconds. */
  | { readonly wait: number };

/** A kernel, real or not, that a scenario is played to. */
export interface Side {
  change(change: Change): Promise<void>;
  /** Sends packets, and says where each of them went; `'-'` for nowhere. */
  send(packets: readonly PacketSpec[]): Promise<string[]>;
  establish(packet: PacketSpec): Promise<void>;
  close(packet: PacketSpec): Promise<void>;
  wait(seconds: number): Promise<void>;
  /** The connection table and the counts of destinations, as lines. */
  look(): Promise<string[]>;
}

/** What was seen after a step. */
export interface Outcome {
  readonly choices: readonly string[];
  readonly table: readonly string[];
}

/** Plays a scenario, step by step. */
export async function* play({ steps }: Scenario, side: Side): AsyncGenerator<Outcome, void, undefined> {
  for (const step of steps) {
    const choices = 'packets' in step ? await side.send(step.packets) : [];
    if ('change' in step) await side.change(step.change);
    if ('establish' in step) for (const packet of step.establish) await side.establish(packet);
    if ('close' in step) for (const packet of step.close) await side.close(packet);
    if ('wait' in step) await side.wait(step.wait);
    yield { choices, table: await side.look() };
  }
}

/** A text that names a connection. */
export function ends({
  protocol,
  source,
  virtual,
}: Pick<PacketSpec, 'source' | 'virtual'> & { protocol: string }): string {
  return `${protocol} ${source.address}:${source.port} ${virtual.address}:${virtual.port}`;
}
