import { execFileSync, spawnSync } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { applyChange, Ipvs } from '../../../src/ipvs/index.ts';
import type { PacketSpec } from '../../../src/testing/index.ts';
import { enterFreshNamespace } from '../../support/linux/namespace.ts';
import { look, whereTo } from '../../testing/schedule/look.ts';
import { ends, type Scenario, type Side } from '../../testing/schedule/scenario.ts';
import { ACK, FIN, RawPackets } from './raw-packets.ts';

/** A turn of the kernel's timers, in milliseconds. */
const MOMENT = 30;

/** This machine's kernel, a fresh network namespace, as a side of a scenario. */
export async function kernelSide({ service }: Scenario): Promise<Side & AsyncDisposable> {
  spawnSync('modprobe', ['ipv6']); // user-mode Linux does not load it by itself, others have it built in
  enterFreshNamespace();
  execFileSync('ip', ['-6', 'route', 'add', 'default', 'dev', 'd0']);
  const ipvs = await Ipvs.open();
  const raw = new RawPackets();
  const sent = new Map<string, string>();

  /** Whether the server of a connection is still there; to all others the kernel drops what clients send. */
  const isThere = async (server: string) =>
    (await ipvs.destinations(service)).some(({ address }) => server.startsWith(`${address}:`));
  return {
    change: (change) => applyChange(ipvs, change),
    async send(packets) {
      for (const packet of packets) raw.send(packet);
      if (packets.length === 1) await setTimeout(MOMENT);
      const choices = await whereTo(ipvs, packets);
      for (const [i, packet] of packets.entries()) sent.set(ends(packet), choices[i] ?? '-');
      return choices;
    },
    async establish(packet) {
      if (sent.get(ends(packet)) !== '-') raw.send(packet, ACK);
    },
    async close(packet) {
      const to = sent.get(ends(packet));
      if (!to || to === '-' || !(await isThere(to))) return;
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
