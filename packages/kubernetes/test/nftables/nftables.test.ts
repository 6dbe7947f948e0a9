import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { Nftables, NftablesError, noElements } from '../../src/nftables/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'nftables-'));
afterEach(() => rmSync(join(folder, 'input'), { force: true }));

/** A program in place of nft: a shell script that sees nft's words. */
function program(script: string): string[] {
  const file = join(folder, `nft-${Math.random().toString(36).slice(2)}`);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return [file];
}

const noTables = `echo '{"nftables": [{"metainfo": {}}]}'`;
const elements = { ...noElements, vips: ['10.96.0.1'] };

describe('a program that fails', () => {
  test('is missing', async () => {
    const nftables = new Nftables({ program: [join(folder, 'none')] });
    const error: unknown = await nftables.apply(noElements).catch((error) => error);
    expect(error).toBeInstanceOf(NftablesError);
    expect(error).toMatchObject({
      name: 'NftablesError',
      code: 'ERR_KUBERNETES_NFTABLES',
      reason: 'missing',
      message: expect.stringContaining('the package nftables brings it'),
    });
  });

  test('refuses, in its own words', async () => {
    const nftables = new Nftables({
      program: program(
        `[ "$2" = list ] && exec ${noTables}; cat > /dev/null; echo 'Error: Could not process rule: No buffer space available' >&2; exit 1`,
      ),
    });
    await expect(nftables.apply(elements)).rejects.toMatchObject({
      reason: 'refused',
      message: 'nft refused: Error: Could not process rule: No buffer space available',
      output: 'Error: Could not process rule: No buffer space available\n',
    });
  });

  test('may not', async () => {
    const nftables = new Nftables({
      program: program(`echo 'netlink: Error: cache initialization failed: Operation not permitted' >&2; exit 1`),
    });
    await expect(nftables.apply(noElements)).rejects.toMatchObject({ reason: 'not-permitted' });
  });

  test('prints something else', async () => {
    const nftables = new Nftables({ program: program('echo "table ip t"') });
    await expect(nftables.apply(noElements)).rejects.toMatchObject({ reason: 'unreadable', output: 'table ip t\n' });
    const list = new Nftables({ program: program('echo "[]"') });
    await expect(list.apply(noElements)).rejects.toMatchObject({ reason: 'unreadable' });
  });

  test('hangs, until it is too late or a signal says so', async () => {
    const nftables = new Nftables({ program: program('exec sleep 60'), timeout: 50 });
    await expect(nftables.apply(noElements)).rejects.toMatchObject({ reason: 'timeout' });
    const patient = new Nftables({ program: program('exec sleep 60') });
    const controller = new AbortController();
    const applied = patient.apply(noElements, { signal: controller.signal });
    setTimeout(() => controller.abort('enough'), 50);
    await expect(applied).rejects.toBe('enough');
    await expect(patient.apply(noElements, { signal: AbortSignal.abort('before') })).rejects.toBe('before');
  });
});

test('a change is one transaction of the elements that differ, and nothing is read for it', async () => {
  const input = join(folder, 'input');
  const nftables = new Nftables({ program: program(`[ "$2" = -f ] || exit 9; cat > ${input}`) });
  const service = (port: number) => ({ address: '10.96.0.1', protocol: 'sctp' as const, port });
  const outcome = await nftables.change(
    { ...noElements, services: [service(1), service(2)] },
    { ...noElements, services: [service(2), service(3)], vips: ['2001:db8::1'] },
  );
  expect(outcome).toEqual({ created: [], added: 1, removed: 3 });
  const element = (family: string, name: string, ...elem: unknown[]) => ({
    element: { family, table: 'ipvs-kubernetes', name, elem },
  });
  expect(JSON.parse(readFileSync(input, 'utf8'))).toEqual({
    nftables: [
      { delete: element('ip', 'services', { concat: ['10.96.0.1', 132, 3] }) },
      { add: element('ip', 'services', { concat: ['10.96.0.1', 132, 1] }) },
      { delete: element('ip6', 'vips', '2001:db8::1') },
      { delete: element('ip6', 'same-address', ['2001:db8::1', '2001:db8::1']) },
    ],
  });
  await expect(nftables.change({ ...noElements, pods: ['10.0.0.0/8'] }, noElements)).rejects.toMatchObject({
    code: 'ERR_INPUT',
    path: 'pods',
  });
});

test('source ports for masquerading are no node ports', async () => {
  const input = join(folder, 'input');
  const nftables = new Nftables({ program: program(`[ "$2" = list ] && exec ${noTables}; cat > ${input}`) });
  await nftables.apply(elements);
  const ranges = [...readFileSync(input, 'utf8').matchAll(/"masquerade":\{"port":\{"range":\[(\d+),(\d+)\]/g)];
  expect(ranges.length).toBeGreaterThanOrEqual(2);
  for (const [, first, last] of ranges) expect(Number(first) > 32_767 || Number(last) < 30_000).toBe(true);
});

test('what the node sends by a firewall mark is masqueraded: its source is the VIP, to which no other node answers', async () => {
  const input = join(folder, 'input');
  const nftables = new Nftables({ program: program(`[ "$2" = list ] && exec ${noTables}; cat > ${input}`) });
  await nftables.apply(elements);
  const rules = readFileSync(input, 'utf8').matchAll(/"chain":"(\w+)","expr":(\[.*?\]),"comment"/g);
  const ofMarks = Array.from(rules, ([, chain, expr = '']) => ({ chain, expr })).filter(({ expr }) =>
    /@marks/.test(expr),
  );
  const isWished = ({ expr }: { expr: string }) => expr.includes('{"mangle":{"key":{"ct":{"key":"mark"}}');
  expect(ofMarks.map((each) => [each.chain, isWished(each)])).toEqual([
    ['prerouting', false],
    ['output', true],
    ['prerouting', false],
    ['output', true],
  ]);
});

test('calls are carried out one after the other, also after one that failed', async () => {
  const input = join(folder, 'input');
  const nftables = new Nftables({
    program: program(`cat > /dev/null; if [ -e ${input} ]; then exit 1; fi; touch ${input}; sleep 0.1; rm ${input}`),
  });
  const calls = [
    nftables.change(elements, noElements),
    nftables.apply(elements),
    nftables.change(elements, noElements),
  ];
  const outcomes = await Promise.allSettled(calls);
  expect(outcomes).toMatchObject([
    { status: 'fulfilled' },
    { reason: { reason: 'unreadable' } },
    { status: 'fulfilled' },
  ]);
});

test.each([
  [{ table: 'a b' }, 'table'],
  [{ masqueradeBit: 3 }, 'masqueradeBit'],
  [{ masqueradeBit: 2 ** 32 }, 'masqueradeBit'],
  [{ masqueradePorts: [2000, 1000] }, 'masqueradePorts'],
  [{ masqueradePorts: [0, 1000] }, 'masqueradePorts'],
])('options cannot be %j', (options, path) => {
  expect(() => new Nftables(options as never)).toThrow(expect.objectContaining({ code: 'ERR_INPUT', path }));
});
