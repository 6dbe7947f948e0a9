import { type Kernel, type Transport, TransportError } from '../../src/netlink/index.ts';
import type { Random } from '../testing/random.ts';

/** One of so many datagrams is thrown away, with the error by which the kernel tells of that. */
const ONE_OF = 500;

/** A kernel whose answers get lost now and then, as when the receive buffer overruns. */
export function losing(kernel: Kernel, random: Random, onLoss: () => void): Kernel {
  return {
    readFile: (path) => kernel.readFile(path),
    writeFile: (path, text) => kernel.writeFile(path, text),
    openNetlink: async (protocol) => {
      const inner = await kernel.openNetlink(protocol);
      const transport: Transport = {
        receiveBuffer: inner.receiveBuffer,
        largestDatagram: inner.largestDatagram,
        send: (datagram) => inner.send(datagram),
        receive(into, options) {
          const size = inner.receive(into, options);
          if (random.below(ONE_OF) > 0) return size;
          onLoss();
          throw new TransportError('ERR_NETLINK_OVERRUN', 'The receive buffer overran');
        },
        close: () => inner.close(),
      };
      return transport;
    },
  };
}
