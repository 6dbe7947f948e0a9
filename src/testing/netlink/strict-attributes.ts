import { align, NLA_F_NESTED, NLA_TYPE_MASK } from '../../netlink/codec/constants.ts';
import { nlattr } from '../../netlink/codec/struct.ts';
import type { ReadBuffer } from '../../netlink/index.ts';
import { Attribute, type Attributes, type ExtendedAck, LEFTOVER, type Policy, validate } from './attributes.ts';
import { Refused } from './refused.ts';

/**
 * Reads attributes as the kernel does for commands that validate strictly: unknown ones, wrong lengths and bytes left over
 * are refused (lib/nlattr.c, __nla_validate_parse with NL_VALIDATE_STRICT). Throws Refused.
 */
export function parseStrictly<K extends string>(
  from: ReadBuffer,
  start: number,
  length: number,
  policy: Policy<K>,
  ack: ExtendedAck,
): Attributes<K> {
  const attributes: { [Key in K]?: Attribute } = {};
  const end = start + length;
  let at = start;
  const refuse = (message: string, offset?: number, form?: ExtendedAck['form']) => {
    Object.assign(ack, { message, ...(offset !== undefined && { offset }), ...(form && { form }) });
    return new Refused('EINVAL');
  };
  while (at + nlattr.size <= end) {
    const size = from.view.getUint16(at + nlattr.offset.nla_len, from.littleEndian);
    if (size < nlattr.size || at + size > end) break;
    const flaggedType = from.view.getUint16(at + nlattr.offset.nla_type, from.littleEndian);
    const type = flaggedType & NLA_TYPE_MASK;
    if (type === 0 || type >= policy.length) throw refuse('Unknown attribute type', at);
    const known = policy[type];
    if (!known?.form) throw refuse('Unsupported attribute', at);
    const attribute = new Attribute(from, at + nlattr.size, size - nlattr.size);
    if (known.form.length !== undefined && attribute.length !== known.form.length)
      throw refuse('invalid attribute length', at, known.form);
    if (flaggedType & NLA_F_NESTED) throw refuse('NLA_F_NESTED not expected', at, known.form);
    validate(attribute, known.form, ack);
    attributes[known.key] = attribute;
    at += align(size);
  }
  if (at < end) throw refuse(LEFTOVER);
  return attributes;
}
