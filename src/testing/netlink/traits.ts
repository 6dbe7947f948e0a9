/** Observable differences between kernel versions in netlink and generic netlink. */
export interface NetlinkTraits {
  /** Up to 5.10 what is queued last may exceed the buffer (net/netlink/af_netlink.c, netlink_attachskb). */
  readonly lastMayExceed: boolean;
  /** Since 6.1 the headers of a family's newer commands are checked (genetlink.c, genl_header_check). */
  readonly checksHeaders: boolean;
  /** Since 6.3 heads of small socket buffers come from a cache of their own (net/core/skbuff.c, kmalloc_reserve). */
  readonly smallHeads: boolean;
  /**
   * Since 6.5 what a command does and what it lists are operations of their own: one that is missing is refused before the
   * permission is asked for, and a listing that is not validated has no policy (genetlink.c, genl_get_cmd).
   */
  readonly splitOperations: boolean;
}
