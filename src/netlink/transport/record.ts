import { isUtf8 } from 'node:buffer';
import { SystemError } from '../../errors/system-error.ts';
import type { Kernel } from '../../linux/kernel.ts';
import type { Transport } from '../../linux/transport.ts';
import { isolated } from '../socket/isolated.ts';
import { formatBytes, formatOpening } from './recording.ts';

/**
 * Passes everything through to another kernel and writes it down, line by line, in the format that
 * {@link replay} plays: datagrams of its sockets and files that are read or written.
 * @param write takes each line, without its end; what it throws becomes an uncaught exception and leaves the conversation
 * alone
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
  let sockets = 0;
  return {
    async openNetlink(protocol) {
      const transport = await kernel.openNetlink(protocol);
      const number = ++sockets;
      const { receiveBuffer, largestDatagram } = transport;
      lines([formatOpening({ number, protocol, receiveBuffer, largestDatagram })]);
      return recordLines(transport, lines, number);
    },
    async *readFile(path) {
      const pieces: Buffer[] = [];
      let ending: string | undefined = '';
      try {
        for await (const piece of kernel.readFile(path)) {
          pieces.push(Buffer.from(piece)); // a copy: the piece is valid only until the next
          yield piece;
        }
      } catch (error) {
        ending = error instanceof SystemError ? ` ${error.code}` : undefined;
        throw error;
      } finally {
        if (ending !== undefined) lines([`@ read ${path}${ending}`, ...quoted(Buffer.concat(pieces))]);
      }
    },
    async writeFile(path, text) {
      const content = quoted(Buffer.from(text));
      try {
        await kernel.writeFile(path, text);
      } catch (error) {
        if (error instanceof SystemError) lines([`@ write ${path} ${error.code}`, ...content]);
        throw error;
      }
      lines([`@ write ${path}`, ...content]);
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
  return recordLines(transport, withBlankLines(write), 1);
}

function recordLines(transport: Transport, lines: WriteLines, socket: number): Transport {
  const number = socket === 1 ? '' : socket;
  return {
    receiveBuffer: transport.receiveBuffer,
    largestDatagram: transport.largestDatagram,
    littleEndian: transport.littleEndian,
    send(datagram) {
      lines([`${number}> ${formatBytes(datagram)}`]);
      transport.send(datagram);
    },
    receive(into, options) {
      const size = transport.receive(into, options);
      lines([`${number}< ${formatBytes(into.subarray(0, size))}`], false);
      return size;
    },
    close: () => transport.close(),
  };
}

type WriteLines = (lines: readonly string[], begins?: boolean) => void;

/** Separates what begins anew from what came before by a blank line, but for what follows the opening of a socket. */
function withBlankLines(write: (line: string) => void): WriteLines {
  const writeLine = isolated(write);
  let last: string | undefined;
  return (lines, begins = true) => {
    if (begins && last !== undefined && !last.startsWith('@ open ')) writeLine('');
    last = lines.at(-1);
    for (const line of lines) writeLine(line);
  };
}

/** A quoted line for each line, byte by byte where one is no UTF-8. */
function quoted(bytes: Buffer): string[] {
  const lines = bytes.toString('latin1').match(/[^\n]*\n|[^\n]+/g) ?? [];
  return lines.map((line) => {
    const text = Buffer.from(line, 'latin1');
    return isUtf8(text) ? `| ${JSON.stringify(text.toString())}` : `|latin1 ${JSON.stringify(line)}`;
  });
}
