import type { Transport } from '../../linux/transport.ts';
import { formatBytes } from './recording.ts';

/**
 * Passes everything through to another transport and writes it down, line by line, in the format that
 * {@link parseConversation} reads and {@link replay} plays.
 * @param write takes each line, without its end
 */
export function record(transport: Transport, write: (line: string) => void): Transport {
  let first = true;
  return {
    receiveBuffer: transport.receiveBuffer,
    send(datagram) {
      transport.send(datagram);
      if (!first) write('');
      first = false;
      write(`> ${formatBytes(datagram)}`);
    },
    receive(into, wait, more) {
      const size = transport.receive(into, wait, more);
      write(`< ${formatBytes(into.subarray(0, size))}`);
      return size;
    },
    close: () => transport.close(),
  };
}
