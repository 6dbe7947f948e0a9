import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { Ipvs } from '../../../src/ipvs/index.ts';
import { Rtnetlink } from '../../../src/rtnetlink/index.ts';
import { inNamespace } from '../../support/linux/namespace.ts';

/** Where somebody is: the node itself, one of its pods, or outside of the cluster. */
export type Place = 'node' | 'pod1' | 'pod2' | 'client';

/** The addresses of a family. */
export interface Addresses {
  readonly node: string;
  readonly client: string;
  readonly pod1: string;
  readonly pod2: string;
  /** The node's on the way to its pods. */
  readonly gateway: string;
  readonly pods: string;
}

export const inet: Addresses = {
  node: '192.0.2.11',
  client: '192.0.2.99',
  pod1: '10.244.1.2',
  pod2: '10.244.1.3',
  gateway: '10.244.1.1',
  pods: '10.244.0.0/16',
};
export const inet6: Addresses = {
  node: '2001:db8::11',
  client: '2001:db8::99',
  pod1: '2001:db8:244::2',
  pod2: '2001:db8:244::3',
  gateway: '2001:db8:244::1',
  pods: '2001:db8:244::/48',
};

/** How long to wait for an answer that a packet filter has dropped, in milliseconds. */
const PATIENCE = 3000;

const network = `
netns add node
netns add pod1
netns add pod2
netns add client
`;

const pod = (name: 'pod1' | 'pod2') => `
-n node link add v-${name} type veth peer name eth0 netns ${name}
-n node addr add ${inet.gateway}/32 dev v-${name}
-n node addr add ${inet6.gateway}/128 dev v-${name} nodad
-n node link set v-${name} up
-n node route add ${inet[name]} dev v-${name}
-n node -6 route add ${inet6[name]} dev v-${name}
-n ${name} link set lo up
-n ${name} addr add ${inet[name]}/32 dev eth0
-n ${name} addr add ${inet6[name]}/128 dev eth0 nodad
-n ${name} link set eth0 up
-n ${name} route add default via ${inet.gateway} dev eth0 onlink
-n ${name} -6 route add default via ${inet6.gateway} dev eth0 onlink
`;

const client = `
-n node link add eth0 type veth peer name eth0 netns client
-n node addr add ${inet.node}/24 dev eth0
-n node addr add ${inet6.node}/64 dev eth0 nodad
-n node link set eth0 up
-n node link set lo up
-n client link set lo up
-n client addr add ${inet.client}/24 dev eth0
-n client addr add ${inet6.client}/64 dev eth0 nodad
-n client link set eth0 up
-n client route add default via ${inet.node}
-n client -6 route add default via ${inet6.node}
`;

/** A node of a cluster with two pods, and a client outside: network namespaces, with servers that tell who they are and whom they see. */
export class ClusterNode {
  readonly ipvs: Ipvs;
  readonly rtnetlink: Rtnetlink;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  private constructor(ipvs: Ipvs, rtnetlink: Rtnetlink) {
    this.ipvs = ipvs;
    this.rtnetlink = rtnetlink;
  }

  static async open(): Promise<ClusterNode> {
    // `ip -batch` has no option per line, so that each namespace takes lines of its own.
    for (const line of [network, pod('pod1'), pod('pod2'), client].join('').trim().split('\n').filter(Boolean))
      execFileSync('ip', line.split(' '));
    execFileSync('ip', [
      'netns',
      'exec',
      'node',
      'sysctl',
      '-qw',
      'net.ipv4.ip_forward=1',
      'net.ipv6.conf.all.forwarding=1',
    ]);
    const node = new ClusterNode(await Ipvs.open({ netns: 'node' }), await Rtnetlink.open({ netns: 'node' }));
    await node.ipvs.setSysctls({ conntrack: true, expire_nodest_conn: true });
    await node.rtnetlink.addLink({ name: 'kube-ipvs0', kind: 'dummy', flags: { NOARP: true } });
    for (const place of ['pod1', 'pod2'] as const) await node.#serve(place, 8080);
    await node.#serve('node', 2222);
    return node;
  }

  /** Binds an address as a Service's, on the dummy that is down. */
  async bind(address: string): Promise<void> {
    const { index = 0 } = (await this.rtnetlink.link('kube-ipvs0')) ?? {};
    await this.rtnetlink.addAddress({ index, address });
  }

  async #serve(place: Place, port: number): Promise<void> {
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      const seen = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
      socket.end(JSON.stringify({ place, seen, port: socket.remotePort }));
    });
    this.#servers.push(server);
    await inNamespace(place, async () => {
      server.listen(port, '::');
      await once(server, 'listening');
    });
  }

  /** Connects from a place; who answered and what source it saw, or why nobody did. */
  async ask(
    from: Place,
    address: string,
    port: number,
  ): Promise<{ place: Place; seen: string; port: number } | string> {
    const { socket, answered } = await inNamespace(from, async () => {
      const made = connect(port, address);
      const answer = answerOf(made); // a refusal may come with the next tick, in which the socket is made
      await new Promise((resolve) => setImmediate(resolve));
      return { socket: made, answered: answer };
    });
    this.#sockets.add(socket);
    const late = new AbortController();
    const answer = await Promise.race([
      answered,
      setTimeout(PATIENCE, 'no answer', { signal: late.signal }).catch(() => ''),
    ]);
    late.abort();
    socket.destroy();
    return answer;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    for (const server of this.#servers) server.close();
    await this.ipvs.close();
    await this.rtnetlink.close();
    for (const name of ['node', 'pod1', 'pod2', 'client']) execFileSync('ip', ['netns', 'del', name]);
  }
}

/** What a server says before it ends the connection, or the code of the error. */
async function answerOf(socket: Socket): Promise<{ place: Place; seen: string; port: number } | string> {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  try {
    await once(socket, 'end');
    return JSON.parse(text);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'an error';
  }
}
