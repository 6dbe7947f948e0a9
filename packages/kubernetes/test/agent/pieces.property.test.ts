import fc from 'fast-check';
import { describeService } from 'ipvs';
import { memoryDeadlines } from 'ipvs/reconcile';
import { expect, test } from 'vitest';
import type { NodePlane } from '../../src/agent/node-plane.ts';
import { Programmer } from '../../src/agent/programmer.ts';
import { recordedServices } from '../../src/agent/record.ts';
import { type DesiredChanges, DesiredState } from '../../src/desired/index.ts';
import type { KubernetesObject } from '../../src/objects/index.ts';
import { n1 } from '../support/desired.ts';
import { MemoryNode } from '../support/memory-node.ts';
import { endpoints, port, service, slice } from '../support/objects.ts';

/** More than are compared at once. */
const SERVICES = 200;

interface Step {
  readonly act: 'write' | 'delete' | 'move an endpoint' | 'another process deletes' | 'another process unbinds';
  readonly index: number;
  /** What comes after it: the pass that follows a change, a piece of the full pass, or the next change. */
  readonly next: 'pass' | 'compare' | 'nothing';
}

const arbitraryStep: fc.Arbitrary<Step> = fc.record({
  act: fc.constantFrom('write', 'delete', 'move an endpoint', 'another process deletes', 'another process unbinds'),
  index: fc.integer({ min: 0, max: SERVICES - 1 }),
  next: fc.constantFrom('pass', 'compare', 'nothing'),
});

test('changes between the pieces of a full pass end as one full pass would, in the order in which nothing goes astray', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(arbitraryStep, { maxLength: 24 }), fc.boolean(), async (steps, isRestarted) => {
      await using node = await MemoryNode.create();
      const cluster = new Cluster();
      for (let i = 0; i < SERVICES; i += 2) cluster.write(i, 1);
      await settled(node.plane, cluster);

      const faults: string[] = [];
      const plane = watched(node, cluster, faults);
      const programmer = isRestarted ? programmerOf(plane) : await settled(plane, cluster);
      if (isRestarted) programmer.take(cluster.whole());
      cluster.changes();
      await programmer.survey();
      for (const [i, { act, index, next }] of steps.entries()) {
        if (act === 'write' || act === 'move an endpoint') cluster.write(index, 2 + i);
        else if (act === 'delete') cluster.delete(index);
        else if (act === 'another process deletes') await node.ipvs.removeService(keyOf(index)).catch(() => {});
        else node.bound.delete(addressOf(index));
        programmer.take(cluster.changes());
        if (next === 'pass') await programmer.pass();
        else if (next === 'compare') await programmer.compare();
      }
      await programmer.pass(); // what was written and deleted since the survey is in no piece
      while (!(await programmer.compare()));
      await programmer.fullPass(); // what others did behind the comparison
      expect(programmer.isPending).toBe(false);
      expect(faults).toEqual([]);

      await using other = await MemoryNode.create();
      await settled(other.plane, cluster);
      expect(await standing(node)).toEqual(await standing(other));
    }),
    { numRuns: 30 },
  );
});

/** The objects of the API server, and what they make of the node. */
class Cluster {
  readonly #state = new DesiredState(n1, { services: 'all' });
  readonly #turns = new Map<number, number>();

  write(index: number, turn: number): void {
    this.#turns.set(index, turn);
    for (const object of objectsOf(index, turn)) this.#state.upsert(object);
  }

  delete(index: number): void {
    const turn = this.#turns.get(index);
    if (turn !== undefined) for (const object of objectsOf(index, turn)) this.#state.remove(object);
    this.#turns.delete(index);
  }

  has(index: number): boolean {
    return this.#turns.has(index);
  }

  /** Since the last time. */
  changes(): DesiredChanges {
    return this.#state.takeChanges();
  }

  whole(): DesiredChanges {
    const state = new DesiredState(n1, { services: 'all' });
    for (const [index, turn] of this.#turns) for (const object of objectsOf(index, turn)) state.upsert(object);
    return state.takeChanges();
  }
}

/** The same node, on which it is a fault to lead a client to an address whose service is not there, or to forget one that is. */
function watched(node: MemoryNode, cluster: Cluster, faults: string[]): NodePlane {
  const { plane } = node;
  const isThere = async (index: number) => (await node.ipvs.service(keyOf(index))) !== undefined;
  return {
    ...plane,
    addresses: {
      ...plane.addresses,
      bind: async (addresses, signal) => {
        for (let i = 0; i < SERVICES; i++)
          if (addresses.includes(addressOf(i)) && cluster.has(i) && !(await isThere(i)))
            faults.push(`${addressOf(i)} is bound before its service is there`);
        return plane.addresses.bind(addresses, signal);
      },
    },
    filter: {
      ...plane.filter,
      change: async (difference, signal) => {
        const ids = difference.removed.flatMap(recordedServices);
        for (let i = 0; i < SERVICES; i++)
          if (ids.includes(describeService(keyOf(i))) && (await isThere(i)))
            faults.push(`the record of ${addressOf(i)} is removed before its service`);
        return plane.filter.change(difference, signal);
      },
    },
  };
}

/** An agent that has made everything as it is wanted. */
async function settled(plane: NodePlane, cluster: Cluster): Promise<Programmer> {
  const programmer = programmerOf(plane);
  programmer.take(cluster.whole());
  expect(await programmer.fullPass()).toMatchObject({ failures: [] });
  return programmer;
}

function programmerOf(plane: NodePlane): Programmer {
  return new Programmer(plane, { drainDeadline: 300, deadlines: memoryDeadlines() });
}

async function standing({ ipvs, bound, elements }: MemoryNode) {
  const services: string[] = [];
  for await (const { service, destinations } of ipvs.table())
    services.push(`${describeService(service)} ${destinations.map(({ address }) => address).sort()}`);
  return { services: services.sort(), bound: [...bound].sort(), elements: [...elements.keys()].sort() };
}

function objectsOf(index: number, turn: number): KubernetesObject[] {
  const name = `s${index}`;
  const list = endpoints('10.244.2.3@n2', `10.244.3.${1 + (turn % 200)}@n3`);
  return [
    service(name, { clusterIP: addressOf(index), ports: [port(80)] }),
    slice(`${name}-1`, name, [port(8080)], list),
  ];
}

function addressOf(index: number): string {
  return `10.96.${index >> 7}.${1 + (index & 127)}`;
}

function keyOf(index: number) {
  return { protocol: 'tcp', address: addressOf(index), port: 80 } as const;
}
