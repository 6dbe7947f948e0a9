import { expect, vi } from 'vitest';
import { ApiServer } from '../api-server/api-server.ts';
import { endpoints as rawEndpoints } from '../support/objects.ts';
import { AgentProcess } from './agent-process.ts';
import { API_SERVER, createNetwork, NODE, type Place, places, removeNetwork, tableOnNode } from './network.ts';
import { Program } from './program.ts';

type Fields = Record<string, unknown>;

/** Milliseconds for what happens soon: for a hung test, not for a slow machine. */
export const PATIENCE = { timeout: 300_000, interval: 100 };

/** A cluster of which the node n1 is real: its network, an API server for tests, and the agent as a process. */
export class Cluster implements AsyncDisposable {
  readonly server: ApiServer;
  readonly at: Readonly<Record<Place, Program>>;
  #agent: AgentProcess | undefined;

  static async open(): Promise<Cluster> {
    createNetwork();
    const server = await ApiServer.start({ host: API_SERVER });
    const names = Object.keys(places) as Place[];
    const peers = await Promise.all(names.map((place) => Program.start(place)));
    const at = Object.fromEntries(names.map((place, i) => [place, peers[i]])) as Record<Place, Program>;
    server.create('nodes', nodeObject('n1', [NODE.outside, NODE.inet6], ['10.244.1.0/24', 'fd00:10:244:1::/64'], 'z1'));
    server.create('nodes', nodeObject('n2', ['10.0.5.12'], ['10.244.2.0/24', 'fd00:10:244:2::/64'], 'z2'));
    return new Cluster(server, at);
  }

  private constructor(server: ApiServer, at: Readonly<Record<Place, Program>>) {
    this.server = server;
    this.at = at;
  }

  get agent(): AgentProcess {
    if (!this.#agent) throw new Error('no agent was started');
    return this.#agent;
  }

  /** Starts the agent, in place of one that has ended, and waits for its first pass. */
  async startAgent(...flags: readonly string[]): Promise<void> {
    this.#agent = await AgentProcess.start(this.server.url, '--services', 'all', ...flags);
  }

  /** Creates a Service in `default`. */
  service(name: string, spec: Fields, { metadata = {}, ...rest }: Fields & { metadata?: Fields } = {}): void {
    this.server.create('services', { metadata: { name, namespace: 'default', ...metadata }, spec, ...rest });
  }

  updateService(name: string, spec: Fields, rest: Fields = {}): void {
    this.server.update('services', { metadata: { name, namespace: 'default' }, spec, ...rest });
  }

  /** Creates a slice in `default`, or replaces it; endpoints in the notation of test/support/objects.ts, or raw. */
  slice(
    name: string,
    service: string,
    ports: readonly Fields[],
    list: readonly (string | Fields)[],
    rest: Fields = {},
  ): void {
    const endpoints = list.flatMap((each) => (typeof each === 'string' ? rawEndpoints(each) : [each]));
    const [first] = endpoints.flatMap((each) => each['addresses'] as string[]);
    const object = {
      metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': service } },
      addressType: first?.includes(':') ? 'IPv6' : 'IPv4',
      ports,
      endpoints,
      ...rest,
    };
    const isThere = this.server.list('endpointslices').some(({ metadata }) => metadata.name === name);
    if (isThere) this.server.update('endpointslices', object);
    else this.server.create('endpointslices', object);
  }

  deleteSlice(name: string): void {
    this.server.delete('endpointslices', `default/${name}`);
  }

  /** Gives a slice other endpoints, and waits until the node has them. */
  async replaceEndpoints(...slice: Parameters<Cluster['slice']>): Promise<void> {
    const { passes } = this.agent;
    this.slice(...slice);
    await this.agent.passed(passes.length + 1);
  }

  /** Waits until the services at an address, or of another text in their line, are these. */
  async table(part: string, lines: readonly string[]): Promise<void> {
    await vi.waitFor(() => expect(linesOf(part)).toEqual([...lines].sort()), PATIENCE);
  }

  /** Waits until a service, `10.96.0.10:80`, leads to these endpoints alone; others may drain. */
  async leadsTo(service: string, places: readonly string[]): Promise<void> {
    const isUsed = (word: string) => !word.endsWith('*0');
    const used = () => linesOf(` ${service} `).map((line) => line.split(' | ')[1]?.split(' ').filter(isUsed));
    await vi.waitFor(() => expect(used()).toEqual([[...places].sort()]), PATIENCE);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent?.stop('SIGKILL');
    for (const peer of Object.values(this.at)) await peer.stop();
    await this.server.stop();
    removeNetwork();
  }
}

/** The services of the node in whose lines an address, or another text, is. */
export function linesOf(part: string): string[] {
  return tableOnNode().filter((line) => line.split(' | ')[0]?.includes(part));
}

function nodeObject(name: string, addresses: readonly string[], podCIDRs: readonly string[], zone: string) {
  return {
    metadata: { name, labels: { 'topology.kubernetes.io/zone': zone } },
    spec: { podCIDRs },
    status: { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) },
  };
}
