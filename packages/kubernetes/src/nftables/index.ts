export {
  type Elements,
  type MarkedAddress,
  noElements,
  type RestrictedAddress,
  type TransportAddress,
  type TransportProtocol,
} from './elements.ts';
export type { Family } from './json.ts';
export { Nftables, type NftablesOperationOptions, type NftablesOptions, type NftablesOutcome } from './nftables.ts';
export { NftablesError, type NftablesReason } from './nftables-error.ts';
