import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commands } from '../../../src/ipvs/wire/commands.ts';
import type { Codec } from '../../../src/netlink/index.ts';
import { root } from '../../support/docs/blocks.ts';
import { attributeNames, type KernelNames } from '../../support/ipvs/kernel-names.ts';

test('docs/wire-format.md is what the tables say', async () => {
  await expect(wireFormat()).toMatchFileSnapshot(join(root, 'docs/wire-format.md'));
});

function wireFormat(): string {
  return `# Wire format

What IPVS says over generic netlink, printed from the tables that encode and decode it (\`src/ipvs/wire\`), by \`npm test -- -u\`. A message
is \`struct nlmsghdr\`, \`struct genlmsghdr\` and attributes; the kernel's side is \`net/netfilter/ipvs/ip_vs_ctl.c\`, the numbers are those of
\`include/uapi/linux/ip_vs.h\`. Those who write a client of their own find the traps in the notes at the end.

## Commands

The family is \`IPVS\`. Every request and reply has the attributes of \`command\`, but for the reply to GET_INFO, which is IPVS_CMD_SET_INFO
(14) with those of \`info\`.

| number | command | answers with |
|---|---|---|
${Object.values(commands)
  .map(
    ({ command, name, reply }) => `| ${command} | ${name} | ${name.includes('_GET_') ? `\`${reply.name}\`` : ''} |\n`,
  )
  .join('')}
## Attributes

\`u8\` to \`u64\` are unsigned integers in the byte order of the machine, \`be16\` and \`be32\` in network order; \`text(15)\` is at most 15
bytes and a NUL; what is only a name is a set of attributes with a table here.
${Object.entries(attributeNames).map(attributeTable).join('')}
## Notes

- Addresses are 4 or 16 bytes in requests; replies have a union of 16 bytes, of which an IPv4 address is the first four.
- \`IPVS_SVC_ATTR_FLAGS\` is \`struct ip_vs_flags\`: flags and the mask of those that are meant; replies set the whole mask.
- NEW_SERVICE and SET_SERVICE must have scheduler, flags, timeout and netmask, or are refused with a bare EINVAL
  (\`ip_vs_genl_parse_service\`).
- SET_SERVICE and SET_DEST replace everything but the flags outside the mask: a persistence engine or a tunnel that is left out is gone.
- The port of a sync daemon is in host order, every other port in network order.
`;
}

function attributeTable([name, { rows, prefix, names }]: [string, KernelNames]): string {
  const lines = Object.entries(rows)
    .sort(([, a], [, b]) => a.number - b.number)
    .map(([key, { number, codec, always }]) => {
      const kernelName = `${prefix}${names[key]}`;
      return `| ${number} | ${kernelName} | \`${key}\` | ${form(codec)} | ${always ? 'yes' : ''} |\n`;
    });
  return `
### ${name}

| number | attribute | here | form | always there |
|---|---|---|---|---|
${lines.join('')}`;
}

/** The form of a payload, with the numbers that have names. */
function form(codec: Codec<unknown> & { readonly names?: Readonly<Record<string, number>> }): string {
  if (!codec.names) return codec.name;
  const numbers = Object.entries(codec.names).map(([name, number]) => `${number} \`${name}\``);
  return `${codec.name.replace(/^named /, '')}: ${numbers.join(', ')}`;
}
