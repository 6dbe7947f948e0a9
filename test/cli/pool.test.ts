import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { Ipvs } from '../../src/ipvs/index.ts';
import { ipvs } from '../support/cli.ts';

let folder: string;
let table: string;
let file: string;
let server: Server;
let port: number;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ipvs-pool-'));
  [table, file] = [join(folder, 'table'), join(folder, 'pools.yaml')];
  server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const service = 'protocol: tcp, address: 192.0.2.10, port: 80';

/** Runs `ipvs pool` until it has written a line that matches, and stops it as SIGTERM would. */
async function poolUntil(pattern: RegExp, ...words: string[]) {
  const stop = new AbortController();
  const written = { stdout: '', stderr: '' };
  const into = (name: keyof typeof written) => ({
    write(text: string) {
      written[name] += text;
      if (pattern.test(written[name])) stop.abort();
    },
  });
  const status = await run(['pool', file, '--fake', table, ...words], {
    stdin: (async function* () {})(),
    stdout: into('stdout'),
    stderr: into('stderr'),
    listenForInterrupt: () => stop.signal,
  });
  return { status, ...written };
}

test('takes a dead server out, keeps the others, and ends well when stopped', async () => {
  writeFileSync(
    file,
    `services:
  - { ${service}, scheduler: rr, destinations: ['127.0.0.1:${port}', '127.0.0.2:1'],
      health: { probes: [{ type: tcp }], interval: 10ms, fall: 2, jitter: 0 } }
  - { protocol: tcp, address: 192.0.2.11, port: 80 }\n`,
  );
  writeFileSync(
    table,
    '-A -t 192.0.2.10:80 -s wlc\n-a -t 192.0.2.10:80 -r 127.0.0.9:80 -m\n-A -f 7 -s rr\n-a -f 7 -r 10.0.0.5:80 -m\n',
  );
  const { status, stdout, stderr } = await poolUntil(/ is down: .*\n/);
  expect({ status, stderr }).toEqual({ status: 0, stderr: 'ipvs: checking the servers of tcp 192.0.2.10:80\n' });
  expect(stdout).toBe('tcp 192.0.2.10:80: 127.0.0.2:1 is down: No connection to 127.0.0.2:1 (ECONNREFUSED)\n');
  const [, ...left] = readFileSync(table, 'utf8').split('\n');
  expect(left).toEqual([
    '-A -t 192.0.2.10:80 -s rr',
    `-a -t 192.0.2.10:80 -r 127.0.0.1:${port} -m -w 1`,
    '-A -f 7 -s rr',
    '-a -f 7 -r 10.0.0.5:80 -m -w 1',
    '',
  ]);
});

test('prints events as JSON', async () => {
  writeFileSync(
    file,
    `services: [{ ${service}, destinations: ['127.0.0.2:1'],
      health: { probes: [{ type: tcp }], interval: 10ms, fall: 1, fallback: '127.0.0.1:${port}' } }]\n`,
  );
  const { status, stdout } = await poolUntil(/"quorum".*\n/, '--json');
  expect(status).toBe(0);
  expect(
    stdout
      .split('\n')
      .slice(0, 2)
      .map((line) => JSON.parse(line)),
  ).toEqual([
    {
      service: 'tcp 192.0.2.10:80',
      type: 'down',
      destination: { port: 1, address: '127.0.0.2' },
      error: { code: 'ERR_PROBE', message: 'No connection to 127.0.0.2:1 (ECONNREFUSED)' },
    },
    { service: 'tcp 192.0.2.10:80', type: 'quorum', reached: false },
  ]);
});

test('ends with the first setting of a service that the kernel refuses', async () => {
  writeFileSync(table, '-A -t 192.0.2.10:80 -s wlc\n');
  writeFileSync(
    file,
    `services: [{ ${service}, scheduler: nosuch, destinations: [10.0.0.5], health: { probes: [{ type: tcp }] } }]\n`,
  );
  expect(await ipvs(['pool', file, '--fake', table])).toEqual({
    status: 255,
    stdout: '',
    stderr: expect.stringMatching(/^ipvs: Cannot patch service tcp 192\.0\.2\.10:80 .*no such scheduler.*\n$/),
  });
});

test('says why a server could not be removed, and goes on', async () => {
  vi.spyOn(Ipvs.prototype, 'removeDestination').mockRejectedValueOnce(new Error('not now\x07'));
  onTestFinished(() => void vi.restoreAllMocks());
  writeFileSync(table, '-A -t 192.0.2.10:80 -s wlc\n-a -t 192.0.2.10:80 -r 127.0.0.9:80 -m\n');
  writeFileSync(
    file,
    `services: [{ ${service}, destinations: ['127.0.0.1:${port}'], health: { probes: [{ type: tcp }] } }]\n`,
  );
  expect(await poolUntil(/not now/)).toEqual({
    status: 0,
    stdout: '',
    stderr: 'ipvs: checking the servers of tcp 192.0.2.10:80\nipvs: not now\\x07\n',
  });
  expect(readFileSync(table, 'utf8')).toContain('-r 127.0.0.9:80');
});

test('forgets the deadlines of what is wanted again, and keeps those of services without a pool', async () => {
  const [again, other] = [`tcp 192.0.2.10:80 127.0.0.1:${port}`, 'tcp 192.0.2.11:80 127.0.0.1:80'];
  const deadlines = join(folder, 'deadlines');
  const date = '2026-01-31T12:00:00.000Z';
  writeFileSync(deadlines, JSON.stringify({ [again]: date, [other]: date }));
  writeFileSync(
    file,
    `drain: { deadlines: '${deadlines}' }
services: [{ ${service}, destinations: ['127.0.0.1:${port}', '127.0.0.2:1'],
      health: { probes: [{ type: tcp }], interval: 10ms, fall: 2, jitter: 0 } }]\n`,
  );
  expect(await poolUntil(/ is down: .*\n/)).toMatchObject({ status: 0 });
  expect(JSON.parse(readFileSync(deadlines, 'utf8'))).toEqual({ [other]: date });
});

test('must have something to check', async () => {
  writeFileSync(file, `services: [{ ${service} }]\n`);
  expect(await ipvs(['pool', file, '--fake', table])).toEqual({
    status: 2,
    stdout: '',
    stderr: `ipvs: ${file}: no service has health checks\n`,
  });
});
