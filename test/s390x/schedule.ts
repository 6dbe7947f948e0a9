import { describe, expect, test } from 'vitest';
import type { KernelVersion } from '../../src/testing/index.ts';
import { compare } from '../kernel/schedule/compare.ts';
import type { Machine } from '../kernel/schedule/kernel-side.ts';
import { deterministic, randomScenario } from '../testing/schedule/random-scenario.ts';
import { formatRecorded } from '../testing/schedule/recorded.ts';
import { agent, guest, release, saveText } from './bed.ts';
import { guestKernel } from './kernel.ts';

/** Packets of a scenario. */
const PACKETS = 60;

const machine: Machine = {
  kernel: guestKernel(agent),
  enterBareNamespace: () => agent.enterBareNamespace(),
  sockets: {
    littleEndian: false,
    socket: (...words) => agent.socket(...words),
    setsockopt: (...words) => agent.setsockopt(...words),
    sendto: (...words) => agent.sendto(...words),
    receive(fd, into) {
      const { result, data } = agent.receive(fd, into.length, 0);
      into.set(data);
      return result;
    },
    close: (fd) => agent.closeSocket(fd),
  },
};

export function scheduleTests(): void {
  describe('schedule', () => {
    test.each(deterministic)('%s of the fake chooses as this kernel does', async (scheduler) => {
      const scenario = randomScenario(deterministic.indexOf(scheduler), PACKETS);
      const { choices, difference } = await compare(scenario, guest.kernel as KernelVersion, machine);
      expect(difference).toBeUndefined();
      expect(choices.length).toBeGreaterThanOrEqual(PACKETS);
      saveText(`schedule/${scheduler}.txt`, formatRecorded(`Linux ${release}`, { scenario, choices }));
    });
  });
}
