/** Limits of a destination's connections, active and inactive; an upper one of 0 is none. */
export interface Thresholds {
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
}

/** What the thresholds of a destination are compared with. */
export interface Loaded {
  readonly setup: Thresholds;
  readonly connections: number;
  readonly overloaded: boolean;
}

/** When a destination becomes overloaded, and when it no longer is. */
export interface ThresholdRules {
  /** After connections came. */
  bound(server: Loaded): boolean;
  /** After connections went. */
  unbound(server: Loaded): boolean;
  /** Before it takes new thresholds. */
  configured(server: Loaded, next: Thresholds): boolean;
}

/** Up to a revision of 2026 (ip_vs_conn.c, ip_vs_bind_dest and ip_vs_unbind_dest; ip_vs_ctl.c, __ip_vs_update_dest). */
export const formerRules: ThresholdRules = {
  bound: ({ setup: { upperThreshold }, connections, overloaded }) =>
    overloaded || (upperThreshold !== 0 && connections >= upperThreshold),
  unbound({ setup: { upperThreshold, lowerThreshold }, connections, overloaded }) {
    if (lowerThreshold !== 0) return overloaded && connections >= lowerThreshold;
    return overloaded && upperThreshold !== 0 && connections * 4 >= upperThreshold * 3;
  },
  configured: ({ setup, overloaded }, { upperThreshold }) =>
    overloaded && upperThreshold !== 0 && upperThreshold <= setup.upperThreshold,
};

/** Since then one function decides, and looks at connections that are there already (ip_vs_conn.c, ip_vs_dest_update_overload). */
export const revisedRules: ThresholdRules = {
  bound: (server) => isOverloaded(server, server.setup),
  unbound: (server) => server.overloaded && isOverloaded(server, server.setup),
  configured(server, next) {
    const { upperThreshold, lowerThreshold } = server.setup;
    const same = upperThreshold === next.upperThreshold && lowerThreshold === next.lowerThreshold;
    return same ? server.overloaded : isOverloaded(server, next);
  },
};

function isOverloaded({ connections, overloaded }: Loaded, { upperThreshold, lowerThreshold }: Thresholds): boolean {
  if (upperThreshold === 0) return false;
  if (connections >= upperThreshold) return true;
  return overloaded && connections >= (lowerThreshold || upperThreshold - (upperThreshold >>> 2));
}
