import type { Transport } from './transport.ts';

/** A netlink protocol: generic netlink, rtnetlink, or netfilter's (NETLINK_GENERIC, NETLINK_ROUTE, NETLINK_NETFILTER). */
export type NetlinkProtocol = 'generic' | 'route' | 'netfilter';

/**
 * A Linux kernel as seen from one network namespace: netlink sockets, and the files of /proc that belong to the
 * namespace. The real one is `linuxKernel()`; a `FakeKernel` and a replayed recording play it as well, so that whatever
 * reads /proc or sets a sysctl can be tested without root.
 *
 * A kernel holds no resource itself: what it opens is closed on its own.
 */
export interface Kernel {
  /**
   * Opens a netlink socket.
   * @throws TransportError when it cannot be opened; IpvsLibraryError when the namespace cannot be entered
   */
  openNetlink(protocol: NetlinkProtocol): Promise<Transport>;

  /**
   * Reads a file in pieces, as it comes: a path such as `/proc/net/ip_vs_conn` or `/proc/sys/net/ipv4/vs/conn_max` means
   * the one of the namespace. The bytes of a piece are valid until the next is asked for.
   * @throws SystemError, code `ENOENT` for a file that this kernel does not have
   */
  readFile(path: string): AsyncIterable<Uint8Array>;

  /**
   * Writes a file in one system call, as a sysctl wants it.
   * @throws SystemError with the errno's name as its code
   */
  writeFile(path: string, text: string): Promise<void>;
}

/**
 * The whole of a file as text. Rejects as {@link Kernel.readFile} throws.
 * @example
 * ```ts
 * console.log([await readText(kernel, '/proc/sys/net/ipv4/vs/conntrack')]); // [ '0\n' ]
 * ```
 */
export async function readText(kernel: Kernel, path: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of kernel.readFile(path)) text += decoder.decode(piece, { stream: true });
  return text + decoder.decode();
}
