import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Elements, Nftables, noElements } from '../../../packages/kubernetes/src/nftables/index.ts';
import { ClusterNode, inet, inet6, type Place } from './node.ts';

const PROGRAM = ['ip', 'netns', 'exec', 'node', 'nft'];
const MARK = 77;

const tcp = (address: string, port: number) => ({ address, protocol: 'tcp', port }) as const;

/** The Services of a family. */
function servicesOf(family: 'inet' | 'inet6') {
  const own = family === 'inet' ? inet : inet6;
  const vip = (last: number) => (family === 'inet' ? `10.96.0.${last}` : `2001:db8:96::${last}`);
  return {
    ...own,
    /** A cluster IP of pod2, and one of pod1. */
    cluster: tcp(vip(10), 80),
    hairpin: tcp(vip(11), 80),
    /** A cluster IP of pod2, where it is not known who is a pod. */
    unknown: tcp(vip(12), 80),
    /** A node port of pod2. */
    nodePort: tcp(own.node, 30080),
    /** A load balancer of the external policy Local: pod1 for clients outside, pod2 for those in the cluster. */
    local: tcp(vip(20), 80),
    /** A load balancer of pod2 that only pods may reach. */
    restricted: tcp(vip(21), 443),
  };
}

function elementsOf(family: 'inet' | 'inet6'): Elements {
  const { cluster, hairpin, unknown, nodePort, local, restricted, pods, pod1 } = servicesOf(family);
  const services = [cluster, hairpin, unknown, local, restricted];
  return {
    pods: [pods],
    vips: services.map(({ address }) => address),
    services,
    masqueradeFromOutside: [cluster, hairpin],
    masqueradeFromNode: [unknown],
    masquerade: [nodePort],
    hairpins: [tcp(pod1, 8080)],
    restricted: [{ ...restricted, sources: [pods] }],
    marks: [{ ...local, mark: MARK }],
  };
}

function merged(...all: Elements[]): Elements {
  const names = Object.keys(noElements) as (keyof Elements)[];
  return Object.fromEntries(
    names.map((name) => [name, all.flatMap((each) => each[name] as unknown[])]),
  ) as unknown as Elements;
}

/** The packet filter of a node, shown by traffic: who answers, and from which source address. */
export function nftablesTests(): void {
  describe('nftables', () => {
    let node: ClusterNode;
    const nftables = new Nftables({ program: PROGRAM });
    const everything = merged(elementsOf('inet'), elementsOf('inet6'));

    beforeAll(async () => {
      node = await ClusterNode.open();
      await nftables.apply(everything);
      for (const family of ['inet', 'inet6'] as const) {
        const { cluster, hairpin, unknown, nodePort, local, restricted, pod1, pod2 } = servicesOf(family);
        const pairs = [
          [cluster, pod2],
          [hairpin, pod1],
          [unknown, pod2],
          [nodePort, pod2],
          [local, pod1],
          [restricted, pod2],
          [{ fwmark: MARK, family }, pod2],
        ] as const;
        for (const [service, address] of pairs) {
          await node.ipvs.addService({ ...service, scheduler: 'rr' });
          await node.ipvs.addDestination(service, { address, port: 8080 });
        }
        for (const { address } of [cluster, hairpin, unknown, local, restricted]) await node.bind(address);
      }
    });
    afterAll(() => node?.close());

    test('a second pass finds nothing to do', async () => {
      expect(await nftables.apply(everything)).toEqual({ created: [], added: 0, removed: 0 });
    });

    describe.each(['inet', 'inet6'] as const)('%s', (family) => {
      const { cluster, hairpin, unknown, nodePort, local, restricted, pod1, client, gateway } = servicesOf(family);
      const ask = (from: Place, { address, port }: { address: string; port: number }) => node.ask(from, address, port);
      const masqueraded = (place: Place) => {
        const outsideNodePorts = expect.toSatisfy((port: number) => port >= 32768);
        return { place, seen: gateway, port: outsideNodePorts };
      };

      test('a cluster IP keeps the address of a pod, and masquerades everybody else', async () => {
        expect(await ask('pod1', cluster)).toMatchObject({ place: 'pod2', seen: pod1 });
        expect(await ask('client', cluster)).toEqual(masqueraded('pod2'));
        expect(await ask('node', cluster)).toEqual(masqueraded('pod2'));
      });

      test('a cluster IP masquerades the node alone, where it is not known who is a pod', async () => {
        expect(await ask('pod1', unknown)).toMatchObject({ place: 'pod2', seen: pod1 });
        expect(await ask('client', unknown)).toMatchObject({ place: 'pod2', seen: client });
        expect(await ask('node', unknown)).toEqual(masqueraded('pod2'));
      });

      test('a pod reaches itself through a VIP, and only with its hairpin', async () => {
        expect(await ask('pod1', hairpin)).toEqual(masqueraded('pod1'));
        const hairpins = { ...noElements, hairpins: [tcp(pod1, 8080)] };
        await nftables.change(noElements, hairpins);
        expect(await ask('pod1', hairpin)).toBe('no answer');
        await nftables.change(hairpins, noElements);
        expect(await ask('pod1', hairpin)).toEqual(masqueraded('pod1'));
      });

      test('a node port masquerades everybody', async () => {
        expect(await ask('client', nodePort)).toEqual(masqueraded('pod2'));
        expect(await ask('pod1', nodePort)).toEqual(masqueraded('pod2'));
      });

      test('a load balancer of the policy Local keeps the address of a client, and has other endpoints in the cluster', async () => {
        expect(await ask('client', local)).toMatchObject({ place: 'pod1', seen: client });
        expect(await ask('pod1', local)).toMatchObject({ place: 'pod2', seen: pod1 });
        // Every node has the VIP: a pod of another one would answer to its own node.
        expect(await ask('node', local)).toEqual(masqueraded('pod2'));
      });

      test('source ranges let in whom they name, without a moment in which they let in everybody', async () => {
        expect(await ask('pod1', restricted)).toMatchObject({ place: 'pod2', seen: pod1 });
        expect(await ask('client', restricted)).toBe('no answer');
        expect(await ask('node', restricted)).toBe('no answer');
        const sources = (...more: string[]) => ({
          ...noElements,
          restricted: [{ ...restricted, sources: [servicesOf(family).pods, ...more] }],
        });
        await nftables.change(sources(client), sources());
        expect(await ask('client', restricted)).toMatchObject({ place: 'pod2', seen: client });
        await nftables.change(sources(), sources(client));
        expect(await ask('client', restricted)).toBe('no answer');
      });

      test('a port of a VIP that is no service is refused, and the node itself is not', async () => {
        expect(await ask('client', { address: cluster.address, port: 2222 })).toBe('ECONNREFUSED');
        expect(await ask('pod1', { address: local.address, port: 2222 })).toBe('ECONNREFUSED');
        expect(await ask('client', { address: servicesOf(family).node, port: 2222 })).toMatchObject({ place: 'node' });
      });

      test('a host port of the same number does not get the connections of a VIP', async () => {
        const [ip, host] = family === 'inet' ? ['ip', pod1] : ['ip6', `[${pod1}]`];
        const rule = `meta l4proto tcp th dport 80 dnat to ${host}:8080`;
        const text = `table ${ip} hostport { chain c { type nat hook prerouting priority dstnat; ${rule}; }; }`;
        execFileSync('ip', [...PROGRAM.slice(1), text]);
        try {
          expect(await ask('client', cluster)).toEqual(masqueraded('pod2'));
          expect(await ask('client', { address: servicesOf(family).node, port: 80 })).toMatchObject({ place: 'pod1' });
        } finally {
          execFileSync('ip', [...PROGRAM.slice(1), `delete table ${ip} hostport`]);
        }
      });
    });

    test('tables that somebody has changed are made anew, and removed without a trace', async () => {
      execFileSync('ip', [...PROGRAM.slice(1), 'flush chain ip ipvs-kubernetes postrouting']);
      const { hairpin, gateway } = servicesOf('inet');
      expect(await node.ask('pod1', hairpin.address, hairpin.port)).toBe('no answer');
      expect(await nftables.apply(everything)).toMatchObject({ created: ['ip'] });
      expect(await node.ask('pod1', hairpin.address, hairpin.port)).toMatchObject({ place: 'pod1', seen: gateway });
      const element = { ...noElements, services: [tcp('10.96.0.99', 80)] };
      await expect(nftables.change(noElements, element)).rejects.toMatchObject({ reason: 'refused' });
      await nftables.remove();
      await nftables.remove();
      expect(execFileSync('ip', [...PROGRAM.slice(1), 'list', 'ruleset'], { encoding: 'utf8' })).toBe('');
    });
  });
}
