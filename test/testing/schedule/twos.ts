import type { PacketSpec } from '../../../src/testing/index.ts';
import type { Scenario } from './scenario.ts';

const WEIGHTS = [1, 2, 3, 4];
const service = { protocol: 'udp', address: '192.0.2.1', port: 80 } as const;
const server = (weight: number) => `192.0.2.1${weight}`;

/** Packets that `twos` draws servers for, by their weights alone since none has a connection. */
export function twosScenario(packets: number): Scenario {
  const packet = (i: number): PacketSpec => ({
    protocol: 'udp',
    source: { address: `198.18.${i >> 8}.${i & 255}`, port: 40_000 },
    virtual: { address: service.address, port: service.port },
  });
  const destinations = WEIGHTS.map((weight) => ({ address: server(weight), port: 80, weight }));
  return {
    title: 'twos',
    service,
    onePacket: true,
    steps: [
      { change: { type: 'addService', service: { ...service, scheduler: 'twos', flags: { 'one-packet': true } } } },
      ...destinations.map((destination) => ({ change: { type: 'addDestination', service, destination } as const })),
      { packets: Array.from({ length: packets }, (_, i) => packet(i)) },
    ],
  };
}

/**
 * How far the servers' shares of the draws are from what the weights say, in standard deviations. The kernel draws from 0 to
 * the sum of the weights, both included, and 0 is the newest server's too.
 */
export function deviations(choices: readonly string[]): number[] {
  const sum = WEIGHTS.reduce((all, weight) => all + weight, 1);
  return WEIGHTS.map((weight, i) => {
    const probability = (weight + (i === WEIGHTS.length - 1 ? 1 : 0)) / sum;
    const found = choices.filter((choice) => choice === server(weight)).length;
    return (found - choices.length * probability) / Math.sqrt(choices.length * probability * (1 - probability));
  });
}
