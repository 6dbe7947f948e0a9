/** What netlink and generic netlink of the kernel versions do differently, as far as it can be seen from outside. */
export interface NetlinkTraits {
  /** Up to 5.10 what is queued last may exceed the buffer (net/netlink/af_netlink.c, netlink_attachskb). */
  readonly lastMayExceed: boolean;
  /** Since 6.1 the headers of a family's newer commands are checked (genetlink.c, genl_header_check). */
  readonly checksHeaders: boolean;
  /** Since 6.3 heads of small socket buffers come from a cache of their own (net/core/skbuff.c, kmalloc_reserve). */
  readonly smallHeads: boolean;
  /** Since 6.5 a command that exists as dump only is refused before the permission (genetlink.c, genl_get_cmd). */
  readonly kindBeforePermission: boolean;
  /** Since 6.5 a dump-only command without validation shows no policy (genetlink.c, ctrl_fill_info). */
  readonly unvalidatedHavePolicy: boolean;
}
