import { applyChange, Ipvs } from '../../../src/ipvs/index.ts';
import {
  FakeKernel,
  type FakeKernelOptions,
  type PacketSpec,
  type ScheduledConnection,
} from '../../../src/testing/index.ts';
import { look } from './look.ts';
import { ends, type Scenario, type Side, timesSent } from './scenario.ts';

/** A fake kernel as a side of a scenario. */
export async function fakeSide(
  { service, onePacket }: Scenario,
  options: FakeKernelOptions,
): Promise<Side & AsyncDisposable> {
  const kernel = new FakeKernel(options);
  const ipvs = await Ipvs.open({ kernel });
  const connections = new Map<string, ScheduledConnection>();
  const send = (packet: PacketSpec) => {
    let connection: ScheduledConnection | undefined;
    for (let i = 0; i < timesSent(packet); i++) connection = kernel.schedule(packet);
    if (connection) connections.set(ends(packet), connection);
    return connection?.destination.address ?? '-';
  };
  return {
    change: (change) => applyChange(ipvs, change),
    async send(packets) {
      const servers = packets.map(send);
      return onePacket ? servers : undefined;
    },
    establish: async (packet) => connections.get(ends(packet))?.establish(),
    close: async (packet) => connections.get(ends(packet))?.close(),
    setSysctls: (sysctls) => ipvs.setSysctls(sysctls),
    wait: async (seconds) => kernel.tick(seconds),
    ...look(ipvs, service),
    [Symbol.asyncDispose]: () => ipvs.close(),
  };
}
