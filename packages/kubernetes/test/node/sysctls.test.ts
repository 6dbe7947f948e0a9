import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Kernel, linuxKernel, SystemError } from 'ipvs/netlink';
import { FakeKernel } from 'ipvs/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SavedSysctls } from '../../src/node/saved-sysctls.ts';
import { requiredSysctls, setSysctls, wrongSysctls } from '../../src/node/sysctls.ts';
import { withFiles } from '../support/with-files.ts';

const path = (name: string) => `/proc/sys/${name.replaceAll('.', '/')}`;

describe('the sysctls of a node', () => {
  let kernel: Kernel;
  let files: Map<string, string>;

  beforeEach(() => {
    files = new Map([[path('net.ipv4.ip_forward'), '0\n']]);
    kernel = withFiles(new FakeKernel(), files);
  });

  test('as the kernel has them by default, four are wrong, and set, none is', async () => {
    const required = requiredSysctls();
    const wrong = await wrongSysctls(kernel, required);
    expect(wrong.map(({ name, current, value }) => `${name} ${current} ${value}`)).toEqual([
      'net.ipv4.ip_forward 0 1',
      'net.ipv4.vs.conntrack 0 1',
      'net.ipv4.vs.expire_nodest_conn 0 1',
      'net.ipv4.vs.expire_quiescent_template 0 1',
    ]);
    expect(await setSysctls(kernel, wrong)).toEqual([]);
    expect(await wrongSysctls(kernel, required)).toEqual([]);
  });

  test('those of IPv6 and of strict ARP are required where they are asked for', () => {
    const names = requiredSysctls({ ipv6Forwarding: true, strictArp: true }).map(({ name }) => name);
    expect(names).toContain('net.ipv6.conf.all.forwarding');
    expect(names.filter((name) => name.includes('arp'))).toEqual([
      'net.ipv4.conf.all.arp_ignore',
      'net.ipv4.conf.all.arp_announce',
    ]);
  });

  test('what cannot be set is returned with the reason, and the others are set', async () => {
    const readOnly: Kernel = {
      openNetlink: (protocol) => kernel.openNetlink(protocol),
      readFile: (name) => kernel.readFile(name),
      writeFile: async (name, text) => {
        if (name.includes('conntrack')) throw new SystemError('open', name, 30);
        await kernel.writeFile(name, text);
      },
    };
    const refused = await setSysctls(readOnly, await wrongSysctls(kernel, requiredSysctls()));
    expect(refused.map(({ name, error }) => [name, error.code])).toEqual([['net.ipv4.vs.conntrack', 'EROFS']]);
    expect((await wrongSysctls(kernel, requiredSysctls())).map(({ name }) => name)).toEqual(['net.ipv4.vs.conntrack']);
  });

  test('those that are not of IPVS are found in this machine by their names', async () => {
    const known = requiredSysctls({ ipv6Forwarding: true, strictArp: true }).filter(
      ({ name }) => !name.includes('.vs.'),
    );
    await expect(wrongSysctls(linuxKernel(), known)).resolves.toBeInstanceOf(Array);
  });
});

describe('saved sysctls', () => {
  let folder: string;
  let saved: SavedSysctls;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sysctls-'));
    saved = new SavedSysctls(join(folder, 'run', 'sysctls.json'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const wrong = (name: string, current: string) => ({ name, current, value: '1', reason: '' });

  test('the first value of each is kept until they are forgotten', async () => {
    expect(await saved.load()).toEqual(new Map());
    await saved.save([wrong('a', '0')]);
    await saved.save([wrong('a', '7'), wrong('b', '2')]);
    expect(await saved.load()).toEqual(
      new Map([
        ['a', '0'],
        ['b', '2'],
      ]),
    );
    await saved.forget();
    await saved.forget();
    expect(await saved.load()).toEqual(new Map());
  });

  test('a file of something else is refused, not overwritten', async () => {
    await saved.save([wrong('a', '0')]);
    await writeFile(join(folder, 'run', 'sysctls.json'), '{"a":1}');
    await expect(saved.save([wrong('b', '0')])).rejects.toThrow('the value of a must be a string');
  });
});
