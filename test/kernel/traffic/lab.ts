import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe } from 'vitest';
import {
  type Connection,
  type ConnectionFilter,
  describeService,
  Ipvs,
  type ServiceKey,
  type Statistics,
} from '../../../src/ipvs/index.ts';
import { choiceTests } from './choices.ts';
import { matrixTests } from './matrix.ts';
import { type Family, makeNetwork, removeNetwork } from './network.ts';
import { Peers } from './peers.ts';
import { takeoverTests } from './takeover.ts';

/** The network, with the director's IPVS and the programs that talk through it. */
export class Lab {
  ipvs!: Ipvs;
  peers!: Peers;

  async open(): Promise<void> {
    makeNetwork();
    this.ipvs = await Ipvs.open({ netns: 'director' });
    this.peers = new Peers();
  }

  async close(): Promise<void> {
    await this.peers?.close();
    await this.ipvs?.close();
    removeNetwork();
  }

  /** The entries of the director's connection table. */
  async connections(filter: ConnectionFilter = {}): Promise<Connection[]> {
    const all: Connection[] = [];
    for await (const connection of this.ipvs.connections(filter)) all.push(connection);
    return all;
  }

  async statistics(service: ServiceKey): Promise<Statistics> {
    const found = await this.ipvs.service(service);
    if (!found) throw new Error(`There is no service ${describeService(service)}`);
    return found.statistics;
  }

  /** Gives the client's packets that match a rule of iptables a firewall mark. */
  mark(family: Family, marks: readonly { match: string; mark: number }[]): void {
    const rules = marks.map(({ match, mark }) => `-A PREROUTING -i front ${match} -j MARK --set-mark ${mark}`);
    const program = family === 'inet' ? 'iptables-legacy-restore' : 'ip6tables-legacy-restore';
    const input = ['*mangle', ...rules, 'COMMIT', ''].join('\n');
    execFileSync('ip', ['netns', 'exec', 'director', program, '--noflush'], { input });
  }
}

export function labTests(): void {
  describe('traffic through a network', () => {
    const lab = new Lab();
    beforeAll(() => lab.open());
    afterAll(() => lab.close());
    matrixTests(lab);
    choiceTests(lab);
    takeoverTests(lab);
  });
}
