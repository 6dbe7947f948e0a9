import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CurrentTable, parseTable } from '../../src/nftables/current.ts';
import { type Elements, noElements } from '../../src/nftables/elements.ts';
import type { Command, Family, Json } from '../../src/nftables/json.ts';
import { outermost } from '../../src/nftables/outermost.ts';
import { type RuleSettings, tableRules } from '../../src/nftables/rules.ts';
import { memberId, membersOf, setNames } from '../../src/nftables/sets.ts';
import { nftablesTransaction } from '../../src/nftables/transaction.ts';
import { canonicalAddress, parseNetwork } from '../../src/objects/address.ts';

const settings: RuleSettings = { table: 't', masqueradeBit: 0x4000, masqueradePorts: [32768, 65535] };

const port = fc.integer({ min: 1, max: 65535 });
const address = fc.oneof(fc.ipV4(), fc.ipV6());
const transport = fc.record({
  address,
  protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const),
  port,
});
const cidr = fc.oneof(
  fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 32 })).map(([ip, length]) => `${ip}/${length}`),
  fc.tuple(fc.ipV6(), fc.integer({ min: 1, max: 128 })).map(([ip, length]) => `${ip}/${length}`),
  address,
);
const some = <T>(each: fc.Arbitrary<T>) => fc.array(each, { maxLength: 6 });
const elements: fc.Arbitrary<Elements> = fc.record({
  pods: some(cidr),
  vips: some(address),
  services: some(transport),
  masqueradeFromOutside: some(transport),
  masqueradeFromNode: some(transport),
  masquerade: some(transport),
  hairpins: some(transport),
  restricted: some(fc.tuple(transport, some(cidr)).map(([service, sources]) => ({ ...service, sources }))),
  marks: some(
    fc.tuple(transport, fc.integer({ min: 1, max: 0xffff_ffff })).map(([service, mark]) => ({ ...service, mark })),
  ),
});

/** What nft would list after a transaction, by carrying it out on what it listed before. */
function carriedOut(family: Family, before: CurrentTable | undefined, commands: readonly Command[]): CurrentTable {
  const members = new Map(setNames.map((name) => [name, new Map(before?.members.get(name))]));
  const objects: Command[] = [];
  for (const { add, delete: removed } of commands as readonly { add?: Command; delete?: Command }[]) {
    const element = (add?.['element'] ?? removed?.['element']) as { name: string; elem: Json[] } | undefined;
    const set = members.get(element?.name as never);
    for (const member of element?.elem ?? []) {
      if (add) set?.set(memberId(member), member);
      else if (!set?.delete(memberId(member))) throw new Error(`nft would find no ${JSON.stringify(member)}`);
    }
    if (removed?.['table']) for (const each of members.values()) each.clear();
    if (add && !element) objects.push(add);
  }
  const sets = objects.map((object) => {
    const declared = (object['set'] ?? object['map']) as { name: string } | undefined;
    if (!declared) return object;
    const elem = [...(members.get(declared.name as never)?.values() ?? [])];
    return { [object['set'] ? 'set' : 'map']: { ...declared, elem } } as Command;
  });
  if (!before?.intact) return parseTable(family, { nftables: sets }, tableRules(family, settings));
  return { intact: true, members };
}

describe.each(['ip', 'ip6'] as const)('in a table %s', (family) => {
  test('whatever stands and whatever is wanted, a transaction leads there and no second one follows', () => {
    fc.assert(
      fc.property(fc.option(elements), elements, (before, wanted) => {
        const first =
          before &&
          carriedOut(family, undefined, nftablesTransaction(family, settings, undefined, membersOf(family, before)));
        const current = first ?? undefined;
        const members = membersOf(family, wanted);
        const after = carriedOut(family, current, nftablesTransaction(family, settings, current, members));
        expect(after.intact).toBe(true);
        for (const name of setNames)
          expect([...(after.members.get(name)?.keys() ?? [])].sort()).toEqual(
            [...(members.get(name)?.keys() ?? [])].sort(),
          );
        expect(nftablesTransaction(family, settings, after, members)).toEqual([]);
      }),
    );
  });

  test('one element more is one element in the transaction', () => {
    const service = (i: number) => ({
      address: family === 'ip' ? `10.96.${i >> 8}.${i & 255}` : `2001:db8::${i.toString(16)}`,
      protocol: 'tcp' as const,
      port: 80,
    });
    const services = Array.from({ length: 5000 }, (_, i) => service(i + 1));
    const members = membersOf(family, { ...noElements, services });
    const after = membersOf(family, { ...noElements, services: [...services, service(6000)] });
    const commands = nftablesTransaction(family, settings, { intact: true, members }, after);
    const { address } = service(6000);
    const elem = [{ concat: [address, 6, 80] }];
    expect(commands).toEqual([{ add: { element: { family, table: 't', name: 'services', elem } } }]);
  });

  test('a table whose rules, sets or chains are others is made anew', () => {
    const { commands, size } = tableRules(family, settings);
    const listed = commands.map(({ add }) => add as Command);
    const intact = (objects: readonly Command[]) =>
      parseTable(family, { nftables: objects }, tableRules(family, settings)).intact;
    expect(intact(listed)).toBe(true);
    expect(size).toBeGreaterThan(5);
    for (const [i, object] of listed.entries()) {
      expect(intact(listed.filter((each) => each !== object))).toBe(false);
      const [kind = ''] = Object.keys(object);
      const other = { [kind]: { ...(object[kind] as object), name: 'x', comment: 'x' } };
      expect(intact(listed.with(i, other as Command))).toBe(false);
    }
    const others = tableRules(family, { ...settings, masqueradePorts: [1024, 2048] });
    expect(others.comment).not.toBe(tableRules(family, settings).comment);
    const made = nftablesTransaction(
      family,
      settings,
      { intact: false, members: new Map() },
      membersOf(family, noElements),
    );
    expect(made.slice(0, 3)).toEqual([
      { add: { table: { family, name: 't' } } },
      { delete: { table: { family, name: 't' } } },
      { add: { table: { family, name: 't' } } },
    ]);
  });
});

test('families are strictly apart', () => {
  const both: Elements = {
    ...noElements,
    pods: ['10.244.0.0/16', '2001:db8:244::/48'],
    vips: ['10.96.0.1', '2001:DB8:0:0::1'],
    restricted: [{ address: '10.96.0.1', protocol: 'tcp', port: 443, sources: ['192.0.2.0/24', '2001:db8::/32'] }],
  };
  const text = (family: Family) =>
    [...membersOf(family, both)].flatMap(([name, members]) => [...members.keys()].map((key) => `${name} ${key}`));
  expect(text('ip')).toEqual([
    'pods {"prefix":{"addr":"10.244.0.0","len":16}}',
    'vips "10.96.0.1"',
    'restricted {"concat":["10.96.0.1",6,443]}',
    'allowed-tcp {"concat":["10.96.0.1",443,{"prefix":{"addr":"192.0.2.0","len":24}}]}',
    'same-address ["10.96.0.1","10.96.0.1"]',
  ]);
  expect(text('ip6')).toEqual([
    'pods {"prefix":{"addr":"2001:db8:244::","len":48}}',
    'vips "2001:db8::1"',
    'same-address ["2001:db8::1","2001:db8::1"]',
  ]);
});

test('who may reach a restricted service: nobody, some, or everybody', () => {
  const restricted = (sources: readonly string[]) => {
    const members = membersOf('ip', {
      ...noElements,
      restricted: [{ address: '10.96.0.1', protocol: 'tcp', port: 443, sources }],
    });
    return [members.get('restricted')?.size, members.get('allowed-tcp')?.size];
  };
  expect(restricted([])).toEqual([1, 0]);
  expect(restricted(['2001:db8::/32'])).toEqual([1, 0]);
  expect(restricted(['10.0.0.0/8', '10.1.0.0/16', '10.0.0.0/8', '192.0.2.1', '192.0.2.1/32'])).toEqual([1, 2]);
  expect(restricted(['192.0.2.1', '0.0.0.0/0'])).toEqual([0, 0]);
});

test('blocks begin where their prefix says, and none is within another', () => {
  fc.assert(
    fc.property(some(cidr), (texts) => {
      const networks = texts.flatMap((text) => parseNetwork(text) ?? []);
      const kept = outermost(networks);
      const of = { inet: bitsOf4, inet6: bitsOf6 };
      const bits = ({ address, prefix, family }: (typeof kept)[number]) =>
        `${family} ${of[family](address).slice(0, prefix)}`;
      for (const [i, each] of kept.entries())
        for (const [j, other] of kept.entries()) if (i !== j) expect(bits(each).startsWith(bits(other))).toBe(false);
      for (const each of networks) expect(kept.some((other) => bits(each).startsWith(bits(other)))).toBe(true);
      for (const [i, { address, prefix, family }] of networks.entries()) {
        const given = canonicalAddress(texts[i]?.split('/')[0] ?? '') ?? '';
        expect(of[family](address)).toBe(
          of[family](given)
            .slice(0, prefix)
            .padEnd(family === 'inet' ? 32 : 128, '0'),
        );
        expect(canonicalAddress(address)).toBe(address);
      }
    }),
  );
  expect(parseNetwork('10.0.0.0/33')).toBeUndefined();
  expect(parseNetwork('10.0.0/8')).toBeUndefined();
  expect(parseNetwork('fe80::1%eth0')).toBeUndefined();
});

function bitsOf4(address: string): string {
  return address
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('');
}

function bitsOf6(address: string): string {
  // What a URL makes of an address is written by somebody else.
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail = ''] = text.split('::');
  const words = (part: string) => (part === '' ? [] : part.split(':'));
  const missing = 8 - words(head).length - words(tail).length;
  return [...words(head), ...new Array<string>(text.includes('::') ? missing : 0).fill('0'), ...words(tail)]
    .map((word) => Number.parseInt(word, 16).toString(2).padStart(16, '0'))
    .join('');
}
