import { execFileSync } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { applyChange, Ipvs } from '../../../src/ipvs/index.ts';
import type { PacketSpec } from '../../../src/testing/index.ts';
import { enterFreshNamespace } from '../../support/linux/namespace.ts';
import { look } from '../../testing/schedule/look.ts';
import { ends, type Scenario, type Side } from '../../testing/schedule/scenario.ts';
import { ACK, FIN, RawPackets } from './raw-packets.ts';

/** A turn of the kernel's timers, in milliseconds. */
const MOMENT = 30;

/** This machine's kernel, a fresh network namespace, as a side of a scenario. */
export async function kernelSide({ service }: Scenario): Promise<Side & AsyncDisposable> {
  enterFreshNamespace();
  execFileSync('ip', ['-6', 'route', 'add', 'default', 'dev', 'd0']);
  const ipvs = await Ipvs.open();
  const raw = new RawPackets();
  const sent = new Map<string, string>();

  /** Where connections lead, by their ends. */
  const destinations = async () => {
    const found = new Map<string, string>();
    for await (const connection of ipvs.connections()) {
      const { address, port } = connection.destination;
      found.set(ends(connection), `${address}:${port}`);
    }
    return found;
  };
  return {
    change: (change) => applyChange(ipvs, change),
    async send(packets) {
      for (const packet of packets) raw.send(packet);
      if (packets.length === 1) await setTimeout(MOMENT);
      const found = await destinations();
      for (const packet of packets) sent.set(ends(packet), found.get(ends(packet)) ?? '-');
      return packets.map((packet) => found.get(ends(packet)) ?? '-');
    },
    async establish(packet) {
      if (sent.get(ends(packet)) !== '-') raw.send(packet, ACK);
    },
    async close(packet) {
      const to = sent.get(ends(packet));
      if (!to || to === '-') return;
      raw.send(packet, FIN | ACK);
      raw.send(answerTo(packet, to), FIN | ACK);
      raw.send(packet, ACK);
    },
    wait: (seconds) => setTimeout(seconds * 1000),
    look: () => look(ipvs, service),
    async [Symbol.asyncDispose]() {
      raw[Symbol.dispose]();
      await ipvs.close();
    },
  };
}

/** A packet back from the server that a connection leads to. */
function answerTo({ protocol, source }: PacketSpec, server: string): PacketSpec {
  const at = server.lastIndexOf(':');
  return {
    protocol,
    source: { address: server.slice(0, at), port: Number(server.slice(at + 1)) },
    virtual: source,
  };
}
