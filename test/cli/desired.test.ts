import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Ipvs } from '../../src/ipvs/index.ts';
import { ipvs } from '../support/cli.ts';

const set = '--set 900 120 300\n';
const web = '-A -t 192.0.2.10:80 -s wlc\n';
const a = '-a -t 192.0.2.10:80 -r 10.0.0.5:8080 -m -w 1\n';
const b = '-a -t 192.0.2.10:80 -r 10.0.0.6:8080 -m -w 1\n';
const dns = '-A -u 192.0.2.53:53 -s rr\n';
const mail = '-A -t 198.51.100.25:25 -s rr\n-a -t 198.51.100.25:25 -r 10.0.0.9:25 -m -w 1\n';

let folder: string;
let current: string;
let wanted: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipvs-desired-'));
  [current, wanted] = [join(folder, 'current'), join(folder, 'wanted')];
  writeFileSync(current, web + a + b + dns + mail);
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (...words: string[]) => ipvs([...words, '--fake', current]);

describe('ipvs plan', () => {
  test('prints what would change, by service, and ends with 2', async () => {
    writeFileSync(
      wanted,
      `${web.replace('wlc', 'rr')}${a.replace('-w 1', '-w 3')}-a -t 192.0.2.10:80 -r 10.0.0.7:8080 -m\n-A -f 7 -s sh\n${dns}`,
    );
    const { status, stdout, stderr } = await run('plan', wanted);
    expect({ status, stderr }).toEqual({ status: 2, stderr: '' });
    expect(stdout).toBe(
      [
        '+ fwmark 7  scheduler sh',
        '~ tcp 192.0.2.10:80  scheduler wlc -> rr',
        '    + 10.0.0.7:8080  forwarding masquerade  weight 1',
        '    ~ 10.0.0.5:8080  weight 1 -> 3',
        '    - 10.0.0.6:8080',
        '- tcp 198.51.100.25:25 with 1 destination',
        '2 to add, 2 to change, 3 to remove, 1 unchanged',
        '',
      ].join('\n'),
    );
    expect(readFileSync(current, 'utf8')).toBe(web + a + b + dns + mail);
  });

  test('says that nothing would change, and ends with 0', async () => {
    writeFileSync(wanted, mail + dns + web + b + a);
    expect(await run('plan', wanted)).toEqual({
      status: 0,
      stdout: '0 to add, 0 to change, 0 to remove, 6 unchanged\n',
      stderr: '',
    });
  });

  test.each(['.json', '.yaml', '.yml'])('prints JSON of a file %s, and looks at its scope alone', async (extension) => {
    wanted += extension;
    const service = { protocol: 'tcp', address: '192.0.2.10', port: 80 };
    writeFileSync(wanted, JSON.stringify({ services: [{ ...service, destinations: ['10.0.0.5:8080'] }] }));
    const { status, stdout } = await run('plan', '--json', wanted, '--addresses', '192.0.2.10', '--ports', '80-89');
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      changes: [{ type: 'removeDestination', service, destination: { address: '10.0.0.6', port: 8080 } }],
      add: 0,
      change: 0,
      remove: 1,
      unchanged: 2,
    });
  });

  test.each([
    ['wanted', '-A -t 192.0.2.10:80 -s\n', /^ipvs: .*wanted: line 1, column 21: -s: /],
    ['wanted', a, /wanted: line 1, column 1: the service of the destination must come before it\n$/],
    [
      'wanted',
      `${web}-C\n`,
      /wanted: line 2, column 1: only services and their destinations, -A and -a, can be wanted\n$/,
    ],
    ['wanted', dns, /wanted: line 1, column 1: the service must be in scope/],
    ['wanted.json', '[]', /wanted\.json: line 1, column 1: the file must be an object/],
    ['wanted.json', '[', /wanted\.json: line 1, column 2: Unexpected end of JSON input\n$/],
    [
      'wanted.yaml',
      'services:\n  - fwmark: 0',
      /wanted\.yaml: line 2, column 13: services\[0\]\.fwmark must be an integer from 1 to 4294967295, got 0\n$/,
    ],
  ])('says what is wrong with %s of %j, and ends with 1', async (name, text, message) => {
    writeFileSync(join(folder, name), text);
    const { status, stdout, stderr } = await run('plan', join(folder, name), '--protocols', 'tcp', '--marks', '1-99');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(message);
  });

  test('ends with 1 where there is no file', async () => {
    expect((await run('plan', wanted)).status).toBe(1);
  });
});

describe('ipvs apply', () => {
  test('makes the table as wanted, prints what it does, and leaves what is out of scope', async () => {
    writeFileSync(wanted, web + a);
    const { status, stdout, stderr } = await run('apply', wanted, '--addresses', '192.0.2.0/24', '--drain', '1m');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.split('\n').at(-2)).toBe('0 to add, 0 to change, 2 to drain, 2 unchanged');
    expect(readFileSync(current, 'utf8')).toBe(set + web + a + mail);
    expect((await run('apply', wanted, '--addresses', '192.0.2.0/24')).stdout).toBe(
      '0 to add, 0 to change, 0 to remove, 2 unchanged\n',
    );
  });

  test('says what could not be done', async () => {
    writeFileSync(wanted, '-A -f 7 -s nosuch\n');
    const { status, stderr } = await run('apply', wanted, '--marks', '7');
    expect(status).toBe(255);
    expect(stderr).toMatch(/^ipvs: Cannot add service fwmark 7 with scheduler nosuch: no such scheduler/);
  });

  test('forgets the deadlines of what is wanted again, also where nothing changes, but not those of pools', async () => {
    const [server, pooled] = ['tcp 192.0.2.10:80 10.0.0.5:8080', 'tcp 198.51.100.25:25 10.0.0.9:25'];
    const deadlines = join(folder, 'deadlines');
    const date = '2026-01-31T12:00:00.000Z';
    writeFileSync(deadlines, JSON.stringify({ [server]: date, [pooled]: date }));
    wanted += '.json';
    const web = { protocol: 'tcp', address: '192.0.2.10', port: 80, destinations: ['10.0.0.5:8080', '10.0.0.6:8080'] };
    const mail = { protocol: 'tcp', address: '198.51.100.25', port: 25, health: { probes: [{ type: 'tcp' }] } };
    writeFileSync(wanted, JSON.stringify({ drain: { deadlines }, services: [web, mail] }));
    const { stdout } = await run('apply', wanted, '--protocols', 'tcp');
    expect(stdout).toBe('0 to add, 0 to change, 0 to drain, 3 unchanged\n');
    expect(JSON.parse(readFileSync(deadlines, 'utf8'))).toEqual({ [pooled]: date });
  });

  test('changes nothing for a file that is wrong, or a duration that is none', async () => {
    writeFileSync(wanted, web + a + a);
    const { status, stderr } = await run('apply', wanted);
    expect(status).toBe(2);
    expect(stderr).toMatch(/wanted: line 3, column 1: the destination must not be listed twice/);
    const soon = await run('apply', wanted, '--drain', 'soon');
    expect(soon.status).toBe(2);
    expect(soon.stderr).toMatch(/--drain: must be a duration such as 60s or 5m/);
    expect(readFileSync(current, 'utf8')).toBe(web + a + b + dns + mail);
  });
});

describe('ipvs drain', () => {
  test.each([
    [['-r', '10.0.0.77:8080'], 'there is no destination 10.0.0.77:8080 of service tcp 192.0.2.10:80'],
    [[], 'there is no service tcp 192.0.2.10:81'],
  ])('says what is not there to be drained (%j)', async (words, message) => {
    const service = words.length > 0 ? '192.0.2.10:80' : '192.0.2.10:81';
    expect(await run('drain', '-t', service, ...words)).toEqual({
      status: 0,
      stdout: '',
      stderr: `ipvs: ${message}\n`,
    });
  });

  test('says which connections were ended at the deadline', async () => {
    const { destinations } = Ipvs.prototype;
    vi.spyOn(Ipvs.prototype, 'destinations').mockImplementation(async function (this: Ipvs, ...args) {
      return (await destinations.apply(this, args)).map((each) => ({ ...each, activeConnections: 3 }));
    });
    onTestFinished(() => void vi.restoreAllMocks());
    expect(await run('drain', '-t', '192.0.2.10:80', '-r', '10.0.0.5:8080', '--deadline', '0.1s')).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^3 connections left\n/),
      stderr: 'ipvs: 10.0.0.5:8080 was removed with 3 connections\n',
    });
  });

  test('removes servers, or a service with all of them', async () => {
    const first = await run('drain', '-t', '192.0.2.10:80', '-r', '10.0.0.5:8080', '-r', '10.0.0.6:8080');
    expect(first).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(await run('drain', '--udp-service', '192.0.2.53:53', '--deadline', '0.5s')).toMatchObject({ status: 0 });
    expect(readFileSync(current, 'utf8')).toBe(set + web + mail);
  });

  test('must be told of one service', async () => {
    expect((await run('drain')).stderr).toMatch(/must name one service/);
    expect((await run('drain', '-f', '7', '-t', '192.0.2.10:80')).stderr).toMatch(/must name one service/);
    expect(await run('drain', '-t', 'nonsense')).toMatchObject({ status: 2, stdout: '' });
  });
});
