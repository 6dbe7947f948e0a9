/**
 * Health checks: servers of a service are tried again and again, and used only while they are well.
 *
 * @module ipvs/health
 */
export { type CommandProbeOptions, commandProbe } from './command-probe.ts';
export { type HttpProbeOptions, httpProbe } from './http-probe.ts';
export type { PoolDestination, PoolEvent, PoolOptions } from './options.ts';
export { Pool, type PoolMember } from './pool.ts';
export { type Probe, ProbeError, type ProbeSignal, type ProbeTarget } from './probe.ts';
export { type TcpProbeOptions, tcpProbe } from './tcp-probe.ts';
