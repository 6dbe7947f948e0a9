/** The identity of a service. One with a mark has protocol TCP, no address and no port (ip_vs_ctl.c, ip_vs_genl_parse_service). */
export interface ServiceIdentity {
  readonly family: number;
  readonly protocol: number;
  /** 16 bytes. */
  readonly address: Buffer;
  readonly port: number;
  readonly fwmark: number;
}
