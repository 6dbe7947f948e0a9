import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { applyChange, Ipvs } from '../../../src/ipvs/index.ts';
import { type Kernel, linuxKernel } from '../../../src/netlink/index.ts';
import { Rtnetlink } from '../../../src/rtnetlink/index.ts';
import type { PacketSpec } from '../../../src/testing/index.ts';
import { enterBareNamespace } from '../../support/linux/namespace.ts';
import { look } from '../../testing/schedule/look.ts';
import { type Connections, ends, type Scenario, type Side, timesSent } from '../../testing/schedule/scenario.ts';
import { PacketTap } from './packet-tap.ts';
import { ACK, FIN, RawPackets } from './raw-packets.ts';
import { ownSockets, type Sockets } from './sockets.ts';

/** A turn of the kernel's timers, in milliseconds. */
const MOMENT = 30;

/** Readings of the connections until two agree. */
const READINGS = 10;

/** Networks that lead to a link: of the service, its servers and clients, and what a firewall mark is put on. */
const networks = [
  { address: '192.0.2.254', prefixLength: 24 },
  { address: '203.0.113.254', prefixLength: 24 },
  { address: '198.19.255.254', prefixLength: 15 },
  { address: '2001:db8::fffe', prefixLength: 32, flags: { NODAD: true } },
] as const;

/** A machine whose kernel a scenario is played to. */
export interface Machine {
  /** A kernel whose files are read at once. */
  readonly kernel: Kernel;
  readonly sockets: Sockets;
  /** Enters a network namespace where not even `lo` was ever up. */
  enterBareNamespace(): void;
}

const thisMachine: Machine = { kernel: withoutThreads(linuxKernel()), sockets: ownSockets, enterBareNamespace };

/** A machine's kernel, a fresh network namespace, as a side of a scenario. */
export async function kernelSide(
  { service, onePacket }: Scenario,
  { kernel, sockets, enterBareNamespace }: Machine = thisMachine,
): Promise<Side & AsyncDisposable> {
  enterBareNamespace();
  await layNetwork(kernel);
  const ipvs = await Ipvs.open({ kernel });
  const raw = new RawPackets(sockets);
  const tap = onePacket ? new PacketTap(sockets) : undefined;
  const seen = look(ipvs, service);
  let servers: Connections['servers'] = new Map();

  /** The server that a connection leads to, unless it is gone: then the kernel drops what clients send. */
  const serverOf = async (packet: PacketSpec) => {
    const server = servers.get(ends(packet));
    const there = server ? await ipvs.destinations(service) : [];
    return there.some(({ address }) => server?.startsWith(`${address}:`)) ? server : undefined;
  };
  return {
    change: (change) => applyChange(ipvs, change),
    async send(packets) {
      for (const packet of packets) for (let i = 0; i < timesSent(packet); i++) raw.send(packet);
      if (packets.length === 1) await setTimeout(MOMENT);
      return tap?.destinations(packets);
    },
    async establish(packet) {
      if (await serverOf(packet)) raw.send(packet, ACK);
    },
    async close(packet) {
      const server = await serverOf(packet);
      if (!server) return;
      raw.send(packet, FIN | ACK);
      raw.send(answerTo(packet, server), FIN | ACK);
      raw.send(packet, ACK);
    },
    setSysctls: (sysctls) => ipvs.setSysctls(sysctls),
    wait: (seconds) => setTimeout(seconds * 1000),
    async connections() {
      // While 7.2 moves the entries to a larger table, a listing has some of them twice and others not at all.
      let found = await seen.connections();
      for (let reading = 1; reading < READINGS; reading++) {
        const before = found.lines.join();
        await setTimeout(3 * MOMENT); // for the move to go on
        found = await seen.connections();
        if (found.lines.join() === before) break;
      }
      servers = found.servers;
      return found;
    },
    counts: seen.counts,
    async [Symbol.asyncDispose]() {
      tap?.[Symbol.dispose]();
      raw[Symbol.dispose]();
      await ipvs.close();
    },
  };
}

/** By netlink, since starting a program takes an emulated machine as long as a hundred packets. */
async function layNetwork(kernel: Kernel): Promise<void> {
  const rtnetlink = await Rtnetlink.open({ kernel });
  await rtnetlink.addLink({ name: 'd0', kind: 'dummy', flags: { UP: true } });
  const { index = 0 } = (await rtnetlink.link('d0')) ?? {};
  for (const network of networks) await rtnetlink.addAddress({ index, ...network });
  await rtnetlink.close();
}

/** A kernel whose files are read at once: handing each piece from thread to thread takes most of the time of a comparison. */
function withoutThreads(kernel: Kernel): Kernel {
  return {
    openNetlink: (protocol) => kernel.openNetlink(protocol),
    writeFile: (path, text) => kernel.writeFile(path, text),
    async *readFile(path) {
      yield readFileSync(path.replace('/proc/net/', '/proc/thread-self/net/'));
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
