// The part of nft's JSON schema that is written and read here, see libnftables-json(5).

/** The family of a table. */
export type Family = 'ip' | 'ip6';

/** Any value of JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** A command, or an object of a listing: one property, its kind. */
export type Command = { readonly [verb: string]: Json };

/** What `nft -j` takes and gives. */
export interface NftDocument {
  readonly nftables: readonly Command[];
}
