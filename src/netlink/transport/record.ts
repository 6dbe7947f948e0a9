import { SystemError } from '../../errors/system-error.ts';
import type { Kernel } from '../../linux/kernel.ts';
import type { Transport } from '../../linux/transport.ts';
import { formatBytes } from './recording.ts';

/**
 * Passes everything through to another kernel and writes it down, line by line, in the format that
 * {@link replay} plays: datagrams of its sockets and files that are read or written.
 * @param write takes each line, without its end
 * @example
 * ```ts
 * const lines: string[] = [];
 * const ipvs = await Ipvs.open({ kernel: record(new FakeKernel(), (line) => lines.push(line)) });
 * await ipvs.info();
 * const replayed = await Ipvs.open({ kernel: replay(lines.join('\n')) });
 * console.log((await replayed.info()).version); // 1.2.1
 * ```
 */
export function record(kernel: Kernel, write: (line: string) => void): Kernel {
  const lines = withBlankLines(write);
  return {
    openNetlink: async (protocol) => recordLines(await kernel.openNetlink(protocol), lines),
    async *readFile(path) {
      const decoder = new TextDecoder();
      let text = '';
      try {
        for await (const piece of kernel.readFile(path)) {
          text += decoder.decode(piece, { stream: true });
          yield piece;
        }
      } catch (error) {
        if (error instanceof SystemError) lines([`@ read ${path} ${error.code}`]);
        throw error;
      }
      lines([`@ read ${path}`, ...quoted(text)]);
    },
    async writeFile(path, text) {
      try {
        await kernel.writeFile(path, text);
      } catch (error) {
        if (error instanceof SystemError) lines([`@ write ${path} ${error.code}`, ...quoted(text)]);
        throw error;
      }
      lines([`@ write ${path}`, ...quoted(text)]);
    },
  };
}

/**
 * Passes everything through to another transport and writes its datagrams down as {@link record} does.
 * @example
 * ```ts
 * const lines: string[] = [];
 * const socket = new Socket(recordTransport(kernel.connect(), (line) => lines.push(line)));
 * await Family.resolve(socket, 'IPVS');
 * console.log(lines.map((line) => line[0])); // [ '>', '<' ]
 * ```
 */
export function recordTransport(transport: Transport, write: (line: string) => void): Transport {
  return recordLines(transport, withBlankLines(write));
}

function recordLines(transport: Transport, lines: (lines: readonly string[], first?: boolean) => void): Transport {
  return {
    receiveBuffer: transport.receiveBuffer,
    largestDatagram: transport.largestDatagram,
    littleEndian: transport.littleEndian,
    send(datagram) {
      transport.send(datagram);
      lines([`> ${formatBytes(datagram)}`]);
    },
    receive(into, options) {
      const size = transport.receive(into, options);
      lines([`< ${formatBytes(into.subarray(0, size))}`], false);
      return size;
    },
    close: () => transport.close(),
  };
}

/** Separates what begins anew from what came before by a blank line. */
function withBlankLines(write: (line: string) => void): (lines: readonly string[], begins?: boolean) => void {
  let first = true;
  return (lines, begins = true) => {
    if (begins && !first) write('');
    first = false;
    for (const line of lines) write(line);
  };
}

function quoted(text: string): string[] {
  return text.split(/(?<=\n)/).map((line) => `| ${JSON.stringify(line)}`);
}
