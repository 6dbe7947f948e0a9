import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as flags from '../../../src/ipvs/model/flags.ts';
import { commands } from '../../../src/ipvs/wire/commands.ts';
import * as tables from '../../../src/ipvs/wire/tables.ts';
import { attributeNames } from '../../support/ipvs/kernel-names.ts';

const path = '/usr/include/linux/ip_vs.h';

const values: [names: Record<string, number>, header: Record<string, string>][] = [
  [
    tables.forwardingMethod.names,
    {
      masquerade: 'IP_VS_CONN_F_MASQ',
      local: 'IP_VS_CONN_F_LOCALNODE',
      tunnel: 'IP_VS_CONN_F_TUNNEL',
      'direct-route': 'IP_VS_CONN_F_DROUTE',
      bypass: 'IP_VS_CONN_F_BYPASS',
    },
  ],
  [
    tables.tunnelType.names,
    {
      ipip: 'IP_VS_CONN_F_TUNNEL_TYPE_IPIP',
      gue: 'IP_VS_CONN_F_TUNNEL_TYPE_GUE',
      gre: 'IP_VS_CONN_F_TUNNEL_TYPE_GRE',
    },
  ],
  [
    tables.tunnelChecksum.names,
    {
      nocsum: 'IP_VS_TUNNEL_ENCAP_FLAG_NOCSUM',
      csum: 'IP_VS_TUNNEL_ENCAP_FLAG_CSUM',
      remcsum: 'IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM',
    },
  ],
  [tables.daemonState.names, { master: 'IP_VS_STATE_MASTER', backup: 'IP_VS_STATE_BACKUP' }],
  [
    { PERSISTENT: flags.PERSISTENT, HASHED: flags.HASHED, ONEPACKET: flags.ONEPACKET },
    { PERSISTENT: 'IP_VS_SVC_F_PERSISTENT', HASHED: 'IP_VS_SVC_F_HASHED', ONEPACKET: 'IP_VS_SVC_F_ONEPACKET' },
  ],
];

// Where the kernel's header is not installed there is nothing to compare with, and nothing to say.
if (existsSync(path)) {
  const header = parseHeader(readFileSync(path, 'utf8'));
  const under = (prefix: string) =>
    Object.fromEntries(
      Object.entries(header)
        .filter(([name]) => name.startsWith(prefix) && !/_(UNSPEC|MAX)$/.test(name))
        .map(([name, number]) => [name.slice(prefix.length), number]),
    );

  describe(`the numbers in ${path}`, () => {
    test.each(Object.entries(attributeNames))('%s: every attribute has a row and every row an attribute', (_, set) => {
      const ours = Object.entries(set.rows).map(([key, row]) => [set.names[key], row.number]);
      expect(Object.fromEntries(ours)).toEqual(under(set.prefix));
    });

    test('IPVS_CMD_*: every command but SET_INFO, which is only a reply', () => {
      const { ATTR_SERVICE: _, ...all } = under('IPVS_CMD_');
      const theirs = Object.entries(all).filter(([name]) => !name.startsWith('ATTR_') && name !== 'SET_INFO');
      const ours = Object.values(commands).map(({ name, command }) => [name.slice('IPVS_CMD_'.length), command]);
      expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(theirs));
    });

    test.each(values)('%o', (names, theirs) => {
      for (const [name, constant] of Object.entries(theirs))
        expect([name, names[name]]).toEqual([name, header[constant]]);
      expect(Object.keys(names)).toEqual(Object.keys(theirs));
    });
  });
}

/** The numbers that a C header defines, by `#define` and by enum. */
function parseHeader(text: string): Record<string, number> {
  const numbers: Record<string, number> = {};
  const code = text.replaceAll(/\/\*.*?\*\//gs, '');
  for (const [, name = '', value = ''] of code.matchAll(/^#define\s+(\w+)\s+(\(.+\)|\w+)[ \t]*$/gm)) {
    const shift = /^\(1 << (\d+)\)$/.exec(value);
    const number = shift ? 2 ** Number(shift[1]) : Number(value.replaceAll(/[()]/g, ''));
    if (!Number.isNaN(number)) numbers[name] = number;
  }
  for (const [, body = ''] of code.matchAll(/enum\s*\{(.*?)\}/gs)) {
    let next = 0;
    for (const entry of body.split(',')) {
      const [name = '', value] = entry.split('=').map((part) => part.trim());
      if (value !== undefined) next = Number(value);
      if (name) numbers[name] = next++;
    }
  }
  return numbers;
}
