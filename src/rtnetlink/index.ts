/**
 * Links and addresses of Linux, over rtnetlink: dummy devices, and thousands of addresses at once.
 *
 * @module ipvs/rtnetlink
 */

export type { OpenOptions } from '../linux/open-options.ts';
export type { OperationOptions } from '../linux/operation-options.ts';
export type { RtnetlinkReason } from './errors/reasons.ts';
export { RtnetlinkError } from './errors/rtnetlink-error.ts';
export type {
  Address,
  AddressFilter,
  AddressFlag,
  AddressFlags,
  AddressKey,
  AddressSpec,
  Scope,
  SettableAddressFlag,
  SettableAddressFlags,
} from './model/address.ts';
export type {
  Link,
  LinkFlag,
  LinkFlags,
  LinkSpec,
  OperState,
  SettableLinkFlag,
  SettableLinkFlags,
} from './model/link.ts';
export { Rtnetlink } from './rtnetlink.ts';
