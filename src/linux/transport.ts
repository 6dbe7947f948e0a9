/** How to receive a datagram. */
export interface ReceiveOptions {
  /** Whether to wait for a datagram when there is none. Default true. */
  readonly wait?: boolean | undefined;
  /** Whether another datagram is likely to follow, so that one system call may fetch both. Default false. */
  readonly expectMore?: boolean | undefined;
}

/**
 * Datagrams out, datagrams in: the seam between the protocol and whatever speaks it. Everything above it works the
 * same on a kernel, on a recorded conversation and on a simulated kernel.
 *
 * A transport is synchronous: the kernel has queued its answers to a generic netlink request before `send` returns.
 */
export interface Transport {
  /** Bytes that the receive queue holds, as granted; batches are bounded by it. */
  readonly receiveBuffer: number;

  /** Bytes that one datagram sent may hold (SO_SNDBUF as granted); batches are bounded by it. Default: any number. */
  readonly largestDatagram?: number | undefined;

  /**
   * Whether the kernel at the other end stores the low byte first; headers and most attributes are in its byte order.
   * Default: as this machine does.
   */
  readonly littleEndian?: boolean | undefined;

  /**
   * Sends one datagram of any number of messages; the bytes are not kept.
   * @throws TransportError when it could not be sent; then no message of it was carried out.
   */
  send(datagram: Uint8Array): void;

  /**
   * Receives one datagram into `into` and returns its whole length, larger than `into` when it was cut.
   * @throws TransportError `ERR_NETLINK_TIMEOUT` when there is none, `ERR_NETLINK_OVERRUN` once after answers were lost
   */
  receive(into: Uint8Array, options?: ReceiveOptions): number;

  /** Lets go of every resource. Closing twice does nothing. */
  close(): void;
}
