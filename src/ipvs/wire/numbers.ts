/** Address families, `AF_*`. */
export const families = { inet: 2, inet6: 10 } as const;

/** Transport protocols, `IPPROTO_*`. */
export const protocols = { tcp: 6, udp: 17, sctp: 132 } as const;

/** Forwarding methods, `IP_VS_CONN_F_FWD_MASK` in include/uapi/linux/ip_vs.h. */
export const forwardingMethods = { masquerade: 0, local: 1, tunnel: 2, 'direct-route': 3, bypass: 4 } as const;

/** Tunnel types, `IP_VS_CONN_F_TUNNEL_TYPE_*`. */
export const tunnelTypes = { ipip: 0, gue: 1, gre: 2 } as const;

/** Checksums of a tunnel's packets, `IP_VS_TUNNEL_ENCAP_FLAG_*`. */
export const tunnelChecksums = { nocsum: 0, csum: 1, remcsum: 2 } as const;
