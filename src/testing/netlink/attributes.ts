import { align, NLA_TYPE_MASK } from '../../netlink/codec/constants.ts';
import { nlattr } from '../../netlink/codec/struct.ts';
import { be16, type ReadBuffer, type Rows, type Table, text, u8, u16, u32 } from '../../netlink/index.ts';
import type { AttributePolicy } from './attribute-policy.ts';
import { Refused } from './refused.ts';

/** Details of an error beside its errno (`struct netlink_ext_ack`). */
export interface ExtendedAck {
  message?: string;
  /** Offset of the offending attribute in the message. */
  offset?: number;
  /** The form that it should have had. */
  form?: AttributePolicy;
}

/** The forms of a table's attributes, by number (an array of `struct nla_policy`). */
export type Policy<K extends string = string> = readonly (
  | { readonly key: K; readonly form?: AttributePolicy }
  | undefined
)[];

/** The message about trailing bytes. */
export const LEFTOVER = 'bytes leftover after parsing attributes';

/** Attributes of a request by the names of their rows. */
export type Attributes<K extends string> = { readonly [Key in K]?: Attribute };

/** Gives the attributes of a table the forms that the kernel asks for; one without a form is taken as it is. */
export function policy<R extends Rows>(
  { rows }: Table<R>,
  forms: { readonly [Key in keyof R]?: AttributePolicy },
): Policy<keyof R & string> {
  const byNumber: { key: keyof R & string; form?: AttributePolicy }[] = [];
  for (const key of Object.keys(rows)) {
    const form = forms[key];
    const number = rows[key]?.number ?? 0;
    byNumber[number] = { key, ...(form && { form }) };
  }
  return byNumber;
}

/** The payload of an attribute of a request. */
export class Attribute {
  readonly from: ReadBuffer;
  readonly at: number;
  readonly length: number;

  constructor(from: ReadBuffer, at: number, length: number) {
    this.from = from;
    this.at = at;
    this.length = length;
  }

  /** Offset of the attribute, header included, in the message. */
  get start(): number {
    return this.at - nlattr.size;
  }

  u8(): number {
    return u8.read(this.from, this.at, this.length, {});
  }

  u16(): number {
    return u16.read(this.from, this.at, this.length, {});
  }

  u32(): number {
    return u32.read(this.from, this.at, this.length, {});
  }

  /** A port in network byte order. */
  port(): number {
    return be16.read(this.from, this.at, this.length, {});
  }

  text(): string {
    return text(this.length).read(this.from, this.at, this.length, {});
  }

  /** The first `size` bytes, zeros where there are fewer (lib/nlattr.c, nla_memcpy). */
  bytes(size: number): Buffer {
    const copy = Buffer.alloc(size);
    copy.set(this.from.bytes.subarray(this.at, this.at + Math.min(size, this.length)));
    return copy;
  }

  /** The attributes within. Throws Refused. */
  nested<K extends string>(policy: Policy<K>, ack: ExtendedAck = {}): Attributes<K> {
    return parseAttributes(this.from, this.at, this.length, policy, ack);
  }
}

/**
 * Reads attributes as liberally as the kernel does for families without strict validation: unknown ones are skipped, the
 * last of several counts, and bytes left over are only remarked upon (lib/nlattr.c, __nla_validate_parse). Throws Refused.
 */
export function parseAttributes<K extends string>(
  from: ReadBuffer,
  start: number,
  length: number,
  policy: Policy<K>,
  ack: ExtendedAck,
): Attributes<K> {
  const attributes: { [Key in K]?: Attribute } = {};
  let at = start;
  const end = start + length;
  while (at + nlattr.size <= end) {
    const size = from.view.getUint16(at + nlattr.offset.nla_len, from.littleEndian);
    if (size < nlattr.size || at + size > end) break;
    const type = from.view.getUint16(at + nlattr.offset.nla_type, from.littleEndian) & NLA_TYPE_MASK;
    const known = policy[type];
    if (known) {
      const attribute = new Attribute(from, at + nlattr.size, size - nlattr.size);
      if (known.form) validate(attribute, known.form, ack);
      attributes[known.key] = attribute;
    }
    at += align(size);
  }
  if (at < end) ack.message = LEFTOVER;
  return attributes;
}

/** Holds an attribute against its form. Throws Refused. */
export function validate({ from, at, length }: Attribute, form: AttributePolicy, ack: ExtendedAck): void {
  const code = form.refuse(from.bytes.subarray(at, at + length));
  if (!code) return;
  ack.message = 'Attribute failed policy validation';
  ack.offset = at - nlattr.size;
  ack.form = form;
  throw new Refused(code);
}
