import { expect, test } from 'vitest';
import { Ipvs } from '../../../src/ipvs/index.ts';
import { FAMILY } from '../../../src/ipvs/wire/commands.ts';
import { ip_vs_flags } from '../../../src/ipvs/wire/tables.ts';
import { NLMSG_ERROR, NLMSG_NOOP } from '../../../src/netlink/codec/constants.ts';
import { genlmsghdr, nlattr, nlmsghdr } from '../../../src/netlink/codec/struct.ts';
import { type Codec, parseRecording, record, type Struct } from '../../../src/netlink/index.ts';
import { FakeKernel } from '../../../src/testing/index.ts';
import { attributeNames } from '../../support/ipvs/kernel-names.ts';

test('docs/wire-format.md is what the tables say', async () => {
  const sections = ['command', 'service', 'destination', 'daemon', 'statistics64', 'info'].map(describeTable);
  const text = `# The wire format

What IPVS and this package say to each other, printed from the tables that encode and decode it (src/ipvs/wire/tables.ts). The
kernel's side is include/uapi/linux/ip_vs.h and the policies in net/netfilter/ipvs/ip_vs_ctl.c. Which method sends which command
is in [coverage](coverage.md). Written by \`npm test -- -u\`.

## Messages

A datagram holds messages, and a message is the headers \`nlmsghdr\` and \`genlmsghdr\`, followed by attributes. A message begins at a
multiple of 4 bytes, and so does an attribute; the lengths that are written leave out the padding. Integers are in the byte order of
the kernel's machine, unless the form below begins with \`be\`.

${[nlmsghdr, genlmsghdr, nlattr].map(describeStruct).join('\n')}

- \`nlmsg_type\` is the number of the family \`${FAMILY}\`, which differs from boot to boot: \`nlctrl\` (16) tells it by
  CTRL_CMD_GETFAMILY. In an answer it may be NLMSG_ERROR (2), an errno or, with 0, an acknowledgement; or NLMSG_DONE (3), the end of a
  listing.
- \`nlmsg_flags\`: NLM_F_REQUEST (1) with all that is sent but the fence, NLM_F_DUMP (0x300) for a listing; its parts have NLM_F_MULTI
  (2), and NLM_F_DUMP_INTR (0x10) where the table changed meanwhile.
- \`nlmsg_seq\` comes back in the answer, which is how answers find their requests.
- The high bit of \`nla_type\`, NLA_F_NESTED (0x8000), is set where the payload is attributes.
- A datagram with changes ends with a fence, NLMSG_NOOP (1) with NLM_F_ACK (4). A request that is refused is answered by its errno, and
  one that is carried out by nothing; the acknowledgement of the fence proves that all before it were.

## A request and its answer

\`addService({ protocol: 'tcp', address: '192.0.2.10', port: 80, scheduler: 'rr' })\` on a little-endian machine, IPVS being family 35:

\`\`\`text
${await conversation()}
\`\`\`

## Attributes

\`text(15)\` is a string of at most 15 bytes with a NUL after it. An address is sent as its 4 or 16 bytes and comes back as 16, of
which IPv4 uses the first four (\`union nf_inet_addr\`).

${sections.join('\n\n')}

IPVS_SVC_ATTR_STATS and IPVS_DEST_ATTR_STATS carry the same as the 64-bit statistics in 32 bits, but for the bytes; they are read
only where a kernel before Linux 4.1 sends nothing else. What no table describes is kept in the property \`unknown\`.

${describeStruct(ip_vs_flags)}
`;
  await expect(text).toMatchFileSnapshot('../../../docs/wire-format.md');
});

/** A table in the kernel's words. */
function describeTable(name: string): string {
  const known = attributeNames[name];
  if (!known) throw new Error(`the kernel's names for ${name} are missing`);
  const rows = Object.entries(known.rows).map(
    ([key, { number, codec }]) => `| ${known.prefix}${known.names[key]} | ${number} | ${describeCodec(codec)} |`,
  );
  return `| ${known.prefix}… | number | form |\n|---|---|---|\n${rows.join('\n')}`;
}

function describeCodec(codec: Codec<unknown> & { readonly names?: Record<string, number> }): string {
  if (codec.nested) return 'attributes';
  const { names } = codec;
  if (!names) return `\`${codec.name}\``;
  const numbers = Object.entries(names).map(([name, number]) => `${number} ${name}`);
  return `\`${codec.name.replace('named ', '')}\`: ${numbers.join(', ')}`;
}

function describeStruct({ name, members, size, offset }: Struct): string {
  const parts = Object.entries(members).map(([member, scalar]) => `\`${scalar} ${member}\` at ${offset[member]}`);
  return `- \`struct ${name}\`, ${size} bytes: ${parts.join(', ')}`;
}

/** The bytes of the request and of its acknowledgement, an attribute a line. */
async function conversation(): Promise<string> {
  const lines: string[] = [];
  const kernel = record(new FakeKernel({ version: '6.12', littleEndian: true }), (line) => lines.push(line));
  await using ipvs = await Ipvs.open({ kernel });
  await ipvs.addService({ protocol: 'tcp', address: '192.0.2.10', port: 80, scheduler: 'rr' });
  const exchange = parseRecording(lines.join('\n')).exchanges.at(-1);
  if (!exchange) throw new Error('nothing was sent');
  const [reply = new Uint8Array()] = exchange.replies;
  return [...describeDatagram(exchange.request), '', ...describeDatagram(reply)].join('\n');
}

function describeDatagram(datagram: Uint8Array): string[] {
  if (datagram.length === 0) return [];
  const length = new DataView(datagram.buffer, datagram.byteOffset).getUint32(0, true);
  return [...describeMessage(datagram.subarray(0, length)), ...describeDatagram(datagram.subarray(length))];
}

function describeMessage(message: Uint8Array): string[] {
  const { length } = message;
  const type = new DataView(message.buffer, message.byteOffset).getUint16(nlmsghdr.offset.nlmsg_type, true);
  if (type === NLMSG_NOOP) return [line(message, 0, length, '', 'nlmsghdr: NLMSG_NOOP, the fence')];
  const lines = [line(message, 0, nlmsghdr.size, '', 'nlmsghdr')];
  if (type === NLMSG_ERROR) {
    lines.push(line(message, nlmsghdr.size, nlmsghdr.size + 4, '', 'error: 0 acknowledges'));
    return [...lines, line(message, nlmsghdr.size + 4, length, '', 'the header of the request')];
  }
  lines.push(line(message, nlmsghdr.size, nlmsghdr.size + genlmsghdr.size, '', 'genlmsghdr'));
  return [...lines, ...describeAttributes(message, nlmsghdr.size + genlmsghdr.size, length, 'command', '')];
}

function describeAttributes(message: Uint8Array, from: number, to: number, table: string, indent: string): string[] {
  const lines: string[] = [];
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  for (let at = from; at < to; ) {
    const size = view.getUint16(at, true);
    const number = view.getUint16(at + 2, true) & 0x3fff;
    const { rows, prefix, names } = attributeNames[table] ?? { rows: {}, prefix: '', names: {} };
    const [key = ''] = Object.entries(rows).find(([, row]) => row.number === number) ?? [];
    const name = `${prefix}${names[key]}`;
    const end = at + ((size + 3) & ~3);
    if (rows[key]?.codec.nested) {
      lines.push(line(message, at, at + 4, indent, name));
      lines.push(...describeAttributes(message, at + 4, at + size, key, `${indent}  `));
    } else lines.push(line(message, at, end, indent, name));
    at = end;
  }
  return lines;
}

function line(message: Uint8Array, from: number, to: number, indent: string, name: string): string {
  const words =
    Buffer.from(message.subarray(from, to))
      .toString('hex')
      .match(/.{1,8}/g) ?? [];
  return `${`${indent}${words.join(' ')}`.padEnd(40)}${name}`;
}
