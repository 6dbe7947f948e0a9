import type { PacketSpec } from '../../../src/testing/index.ts';
import type { Scenario, Step } from './scenario.ts';

/** A scenario as a kernel played it. */
export interface Recorded {
  readonly scenario: Scenario;
  /** Where the packets went, in order; `'-'` for nowhere. */
  readonly choices: readonly string[];
}

/**
 * A scenario and a kernel's choices as text, a line for each thing that happens:
 *
 *     change {"type":"addService",…}
 *     packet udp 198.51.100.7 40000 192.0.2.1 80 mark 0 to 192.0.2.10:8080
 *     establish tcp 198.51.100.7 40000 192.0.2.1 80 mark 0
 */
export function formatRecorded(comment: string, { scenario, choices }: Recorded): string {
  const { title, service, onePacket, steps } = scenario;
  const left = [...choices];
  const lines = steps.flatMap((step) => {
    if ('change' in step) return [`change ${JSON.stringify(step.change)}`];
    if ('packets' in step) return step.packets.map((packet) => `packet ${words(packet)} to ${left.shift()}`);
    if ('establish' in step) return step.establish.map((packet) => `establish ${words(packet)}`);
    if ('close' in step) return step.close.map((packet) => `close ${words(packet)}`);
    return 'wait' in step ? [`wait ${step.wait}`] : [`sysctls ${JSON.stringify(step.sysctls)}`];
  });
  return [`# ${comment}`, `scenario ${JSON.stringify({ title, service, onePacket })}`, ...lines, ''].join('\n');
}

export function parseRecorded(text: string): Recorded {
  const steps: Step[] = [];
  const choices: string[] = [];
  let head = {} as Omit<Scenario, 'steps'>;
  for (const line of text.split('\n')) {
    const [, name, rest = ''] = /^(\w+) (.*)$/.exec(line) ?? [];
    if (name === 'scenario') head = JSON.parse(rest);
    if (name === 'change') steps.push({ change: JSON.parse(rest) });
    if (name === 'sysctls') steps.push({ sysctls: JSON.parse(rest) });
    if (name === 'wait') steps.push({ wait: Number(rest) });
    if (name === 'packet') choices.push(rest.slice(rest.lastIndexOf(' ') + 1));
    if (name === 'packet' || name === 'establish' || name === 'close') addPacket(steps, name, packetOf(rest));
  }
  return { scenario: { ...head, steps }, choices };
}

/** Adds a packet to the last step, if that is of its kind. */
function addPacket(steps: Step[], name: 'packet' | 'establish' | 'close', packet: PacketSpec): void {
  const kind = name === 'packet' ? 'packets' : name;
  const last = steps.at(-1) as Record<string, PacketSpec[] | undefined> | undefined;
  if (last?.[kind]) last[kind].push(packet);
  else steps.push({ [kind]: [packet] } as unknown as Step);
}

function words({ protocol, source, virtual, fwmark = 0 }: PacketSpec): string {
  return `${protocol} ${source.address} ${source.port} ${virtual.address} ${virtual.port} mark ${fwmark}`;
}

function packetOf(text: string): PacketSpec {
  const [protocol, from = '', fromPort, to = '', toPort, , fwmark] = text.split(' ');
  return {
    protocol: protocol as PacketSpec['protocol'],
    source: { address: from, port: Number(fromPort) },
    virtual: { address: to, port: Number(toPort) },
    fwmark: Number(fwmark),
  };
}
