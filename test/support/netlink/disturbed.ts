import { Ipvs, type IpvsClient } from '../../../src/ipvs/index.ts';
import type { Kernel, NetlinkProtocol } from '../../../src/netlink/index.ts';
import { FakeKernel } from '../../../src/testing/index.ts';
import { kernelOf } from './kernel-of.ts';

/** Something that another process does at once, in the midst of somebody's listing. */
export type Disturbance = () => void;

/** A kernel whose state others change between any two datagrams of a listing, as long as there is something to do. */
export function disturbed(
  kernel: FakeKernel,
  next: () => Disturbance | undefined,
  protocol: NetlinkProtocol = 'generic',
): Kernel {
  const transport = kernel.connect({ protocol });
  return kernelOf({
    receiveBuffer: transport.receiveBuffer,
    littleEndian: transport.littleEndian,
    send: (datagram) => transport.send(datagram),
    receive(into, options) {
      // A fake kernel makes the next datagram of a listing when one is received.
      if (options?.expectMore) next()?.();
      return transport.receive(into, options);
    },
    close: () => transport.close(),
  });
}

/** Makes a disturbance of what `act` calls. */
export async function disturbance(
  kernel: FakeKernel,
  act: (ipvs: IpvsClient) => Promise<unknown>,
): Promise<Disturbance> {
  const datagrams: Uint8Array[] = [];
  const rehearsal = new FakeKernel().connect();
  const ipvs = await Ipvs.open({
    kernel: kernelOf({
      receiveBuffer: rehearsal.receiveBuffer,
      littleEndian: rehearsal.littleEndian,
      send(datagram) {
        datagrams.push(Uint8Array.from(datagram));
        rehearsal.send(datagram);
      },
      receive: (into, options) => rehearsal.receive(into, options),
      close: () => rehearsal.close(),
    }),
  });
  datagrams.length = 0;
  await act(ipvs).catch(() => undefined);
  return () => {
    const connection = kernel.connect();
    for (const datagram of datagrams) connection.send(datagram);
    connection.close();
  };
}
