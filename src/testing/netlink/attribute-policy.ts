import type { WriteBuffer } from '../../netlink/index.ts';
import { optional, table, u32, u64 } from '../../netlink/index.ts';
import { put } from './reply.ts';

/** The form that the kernel's policy asks of an attribute (`struct nla_policy`). */
export interface AttributePolicy {
  /** The errno with which the kernel refuses a payload; undefined if it is valid (lib/nlattr.c, validate_nla). */
  refuse(payload: Uint8Array): 'EINVAL' | 'ERANGE' | undefined;
  /** Bytes that it must have where it is validated strictly. */
  readonly length?: number;
  /** Describes the form in an extended ack; missing where the kernel has nothing to say about it. */
  readonly describe?: (to: WriteBuffer) => void;
}

/** `enum netlink_policy_type_attr`, include/uapi/linux/netlink.h. */
const description = table('policy', {
  type: optional(1, u32),
  minimum: optional(4, u64),
  maximum: optional(5, u64),
  maximumLength: optional(7, u32),
}).rows;

/** `enum netlink_attribute_type`, include/uapi/linux/netlink.h. */
const NL_ATTR_TYPE = { U8: 2, U16: 3, U32: 4, BINARY: 10, NUL_STRING: 12, NESTED: 13 };

/** An unsigned integer of `size` bytes; more are passed over. */
export function integer(size: 1 | 2 | 4): AttributePolicy {
  const type = { 1: NL_ATTR_TYPE.U8, 2: NL_ATTR_TYPE.U16, 4: NL_ATTR_TYPE.U32 }[size];
  return {
    length: size,
    refuse: (payload) => (payload.length < size ? 'ERANGE' : undefined),
    describe(to) {
      put(to, description.minimum, u64, 0n);
      put(to, description.maximum, u64, (1n << BigInt(8 * size)) - 1n);
      put(to, description.type, u32, type);
    },
  };
}

/** A string that ends with a NUL, of at most `max` bytes before it. */
export function nulString(max: number): AttributePolicy {
  return {
    refuse(payload) {
      if (!payload.subarray(0, max + 1).includes(0)) return 'EINVAL';
      const length = payload.at(-1) === 0 ? payload.length - 1 : payload.length;
      return length > max ? 'ERANGE' : undefined;
    },
    describe(to) {
      put(to, description.maximumLength, u32, max);
      put(to, description.type, u32, NL_ATTR_TYPE.NUL_STRING);
    },
  };
}

/** Up to `max` bytes; the kernel takes fewer for ones that end with zeros. */
export function binary(max: number): AttributePolicy {
  return {
    refuse: (payload) => (payload.length > max ? 'ERANGE' : undefined),
    describe(to) {
      put(to, description.maximumLength, u32, max);
      put(to, description.type, u32, NL_ATTR_TYPE.BINARY);
    },
  };
}

/** At least `min` bytes of no type (NLA_UNSPEC). */
export function unspecified(min: number): AttributePolicy {
  return { refuse: (payload) => (payload.length < min ? 'ERANGE' : undefined) };
}

/** Attributes within the attribute. */
export const nested: AttributePolicy = {
  refuse: (payload) => (payload.length > 0 && payload.length < 4 ? 'ERANGE' : undefined),
  describe: (to) => put(to, description.type, u32, NL_ATTR_TYPE.NESTED),
};
