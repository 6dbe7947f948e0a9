import { IpvsLibraryError } from 'ipvs';

/** Why the packet filter could not be set up. */
export type NftablesReason =
  /** There is no program nft. */
  | 'missing'
  /** It takes CAP_NET_ADMIN. */
  | 'not-permitted'
  /** nft, or the kernel, refused; `output` says what. Nothing was changed. */
  | 'refused'
  /** nft gave no answer in time and was ended; whether anything was changed is unknown. */
  | 'timeout'
  /** nft printed what is not its JSON. */
  | 'unreadable';

/** The program nft failed. Branch on `reason`. */
export class NftablesError extends IpvsLibraryError {
  override readonly code = 'ERR_KUBERNETES_NFTABLES';
  readonly reason: NftablesReason;
  /** What nft said. */
  readonly output: string;

  constructor(reason: NftablesReason, message: string, output = '', cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
    this.output = output;
  }
}

// On the prototype, so that it survives bundling and is no property of every error.
Object.defineProperty(NftablesError.prototype, 'name', { value: 'NftablesError', configurable: true, writable: true });
