import { applyChange, Ipvs } from '../../../src/ipvs/index.ts';
import { FakeKernel, type KernelVersion, type ScheduledConnection } from '../../../src/testing/index.ts';
import { look, whereTo } from './look.ts';
import { ends, type Scenario, type Side } from './scenario.ts';

/** The fake kernel of a version as a side of a scenario. */
export async function fakeSide({ service }: Scenario, version: KernelVersion): Promise<Side & AsyncDisposable> {
  const kernel = new FakeKernel({ version });
  const ipvs = await Ipvs.open({ kernel });
  const connections = new Map<string, ScheduledConnection>();
  return {
    change: (change) => applyChange(ipvs, change),
    async send(packets) {
      for (const packet of packets) {
        const connection = kernel.schedule(packet);
        if (connection) connections.set(ends(packet), connection);
      }
      return whereTo(ipvs, packets);
    },
    establish: async (packet) => connections.get(ends(packet))?.establish(),
    close: async (packet) => connections.get(ends(packet))?.close(),
    wait: async (seconds) => kernel.tick(seconds),
    look: () => look(ipvs, service),
    [Symbol.asyncDispose]: () => ipvs.close(),
  };
}
