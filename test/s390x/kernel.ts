import { errnoName, errnoNumber } from '../../src/errors/errno.ts';
import { SystemError } from '../../src/errors/system-error.ts';
import { type Kernel, type NetlinkProtocol, type Transport, TransportError } from '../../src/netlink/index.ts';
import type { Agent } from './agent.ts';

/** include/uapi/linux/netlink.h */
const PROTOCOLS: Readonly<Record<NetlinkProtocol, number>> = { generic: 16, route: 0, netfilter: 12 };

const [EAGAIN, ENOBUFS] = [errnoNumber('EAGAIN'), errnoNumber('ENOBUFS')];

/** As the transport to this machine's own kernel has them (src/netlink/transport/kernel.ts). */
const TIMEOUT = 250;
const SEND_OVERHEAD = 32;

/** The kernel of the big-endian guest. */
export function guestKernel(agent: Agent): Kernel {
  return {
    openNetlink: async (protocol) => guestTransport(agent, PROTOCOLS[protocol]),
    async *readFile(path) {
      const { result, data } = agent.readFile(path);
      if (result < 0) throw new SystemError('read', path, -result);
      yield data;
    },
    async writeFile(path, text) {
      const { result } = agent.writeFile(path, text);
      if (result < 0) throw new SystemError('write', path, -result);
    },
  };
}

function guestTransport(agent: Agent, protocol: number): Transport {
  const { socket, receiveBuffer, sendBuffer } = agent.openNetlink(protocol);
  let closed = false;
  return {
    littleEndian: false,
    receiveBuffer,
    largestDatagram: sendBuffer - SEND_OVERHEAD,
    send(datagram) {
      const { result } = agent.send(socket, datagram);
      if (result < 0) throw failure('send', -result);
    },
    receive(into, { wait = true } = {}) {
      const { result, data } = agent.receive(socket, into.length, wait ? TIMEOUT : 0);
      if (result < 0) throw failure('recv', -result);
      into.set(data);
      return result;
    },
    close() {
      if (!closed) agent.closeSocket(socket);
      closed = true;
    },
  };
}

function failure(syscall: string, errno: number): TransportError {
  if (errno === EAGAIN) return new TransportError('ERR_NETLINK_TIMEOUT', 'The kernel gave no answer');
  if (errno === ENOBUFS)
    return new TransportError('ERR_NETLINK_OVERRUN', 'The receive buffer overran', { syscall, errno });
  return new TransportError('ERR_NETLINK_SYSTEM', `${syscall} failed (${errnoName(errno)})`, { syscall, errno });
}
