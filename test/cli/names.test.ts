import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { ipvs } from '../support/cli.ts';

/** What the resolver knows: names of addresses, and the addresses of names, the first of which counts. */
const resolver = vi.hoisted(() => ({
  names: {
    '192.0.2.10': 'web.example',
    '192.0.2.11': 'web.example', // the second address of the same name
    '192.0.2.12': 'moved.example', // which is another address by now
    '192.0.2.13': 'gone.example',
    '192.0.2.14': 'evil\u001b[2J.example',
    '192.0.2.15': 'a b',
    '2001:db8::1': 'web6.example',
  } as Record<string, string>,
  addresses: { 'web.example': '192.0.2.10', 'moved.example': '192.0.2.99', 'web6.example': '192.0.2.66' } as Record<
    string,
    string
  >,
}));

vi.mock('node:dns/promises', () => ({
  lookup: async (host: string, { family }: { family: number }) => {
    const address = resolver.addresses[host];
    if (address === undefined || family !== 4) throw new Error('ENOTFOUND');
    return { address };
  },
  lookupService: async (address: string) => {
    const hostname = resolver.names[address];
    if (hostname === undefined) throw new Error('ENOTFOUND');
    return { hostname, service: '' };
  },
}));

const rules = `-A -t 192.0.2.10:80 -s wlc
-a -t 192.0.2.10:80 -r 192.0.2.10:80 -g -w 1
-a -t 192.0.2.10:80 -r 192.0.2.11:80 -g -w 1
-a -t 192.0.2.10:80 -r 192.0.2.12:80 -g -w 1
-a -t 192.0.2.10:80 -r 192.0.2.13:80 -g -w 1
-a -t 192.0.2.10:80 -r 192.0.2.14:80 -g -w 1
-a -t 192.0.2.10:80 -r 192.0.2.15:80 -g -w 1
-A -u 192.0.2.10:80 -s wlc
-A -t [2001:db8::1]:80 -s wlc
-a -t [2001:db8::1]:80 -r [2001:db8::1]:80 -g -w 1
`;

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipvs-names-'));
  file = join(folder, 'rules');
});
beforeEach(() => writeFileSync(file, rules));
afterAll(() => rmSync(folder, { recursive: true }));

test('a saved name is one that leads back to exactly its address', async () => {
  const { stdout } = await ipvs(['-S', '--fake', file]);
  const [first, ...servers] = stdout.split('\n').filter((line) => line.includes('-t web.example:'));
  expect(first).toBe('-A -t web.example:http -s wlc');
  expect(servers.map((line) => line.split(' ')[4])).toEqual(
    ['web.example', '192.0.2.11', '192.0.2.12', '192.0.2.13', '192.0.2.14', '192.0.2.15'].map((host) => `${host}:http`),
  );
  expect(stdout).toContain('-A -t [2001:db8::1]:http -s wlc\n');
});

test('what is saved with names is restored to the same table', async () => {
  const { stdout } = await ipvs(['-S', '--fake', file]);
  const copy = join(folder, 'copy');
  expect(await ipvs(['-R', '--fake', copy], stdout)).toEqual({ status: 0, stdout: '', stderr: '' });
  expect((await ipvs(['-Sn', '--fake', copy])).stdout).toBe((await ipvs(['-Sn', '--fake', file])).stdout);
  rmSync(copy);
});

test('a saved table with names is read by --fake', async () => {
  const numbers = (await ipvs(['-Sn', '--fake', file])).stdout;
  writeFileSync(file, (await ipvs(['-S', '--fake', file])).stdout);
  expect((await ipvs(['-Sn', '--fake', file])).stdout).toBe(numbers);
});

test("a listing has the resolver's names, but none with characters that no host's name has", async () => {
  const { stdout } = await ipvs(['-L', '--fake', file]);
  expect(stdout).toContain('  -> moved.example:http ');
  expect(stdout).toContain('[web6.example]:http');
  expect(stdout).toContain('  -> 192.0.2.14:http ');
  expect(stdout).not.toMatch(/[^\n -~]/);
});
