/**
 * An IPVS kernel in memory, and recorded conversations: for tests of what is built on this package.
 *
 * @module ipvs/testing
 */
export { type Replay, record, replay, type Transport } from '../netlink/index.ts';
export { type AskedRequest, type ConnectOptions, FakeKernel, type FakeKernelOptions } from './fake-kernel.ts';
export type { Traffic } from './ipvs/traffic.ts';
export type { RefusalOptions } from './netlink/faults.ts';
export type { Link, Links } from './state/network.ts';
export type { KernelVersion } from './version.ts';
