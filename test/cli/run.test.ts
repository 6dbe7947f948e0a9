import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { abouts } from '../../src/cli/abouts.ts';
import { cliGrammar } from '../../src/cli/grammar.ts';
import { ipvs } from '../support/cli.ts';
import { restoreText, savedLines } from '../support/ipvsadm/ipvsadm.ts';
import { rulesFor } from '../support/ipvsadm/rules.ts';

// One name that everybody knows, and no other.
vi.mock('node:dns/promises', () => ({
  lookup: async (host: string, { family }: { family: number }) => {
    if (host === 'web.example' && family === 4) return { address: '192.0.2.10' };
    throw new Error('ENOTFOUND');
  },
}));

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipvs-cli-'));
  file = join(folder, 'rules');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs a command on the table in the file. */
function onFile(line: string, input = '') {
  return ipvs([...line.split(' '), '--fake', file], input);
}

/** What `ipvs -Sn` prints of the table in the file, sorted. */
async function savedInFile(): Promise<string[]> {
  const { status, stdout, stderr } = await onFile('-Sn');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.split('\n').filter(Boolean).sort();
}

const silent = { status: 0, stdout: '', stderr: '' };

describe('every command changes what it says', () => {
  const steps: [line: string, saved: string[]][] = [
    ['-A -t 192.0.2.10:80 -s rr', ['-A -t 192.0.2.10:80 -s rr']],
    ['-E -t 192.0.2.10:80 -p 60', ['-A -t 192.0.2.10:80 -s wlc -p 60']],
    [
      '-a -t 192.0.2.10:80 -r 192.0.2.20:8080 -m -w 5',
      ['-A -t 192.0.2.10:80 -s wlc -p 60', '-a -t 192.0.2.10:80 -r 192.0.2.20:8080 -m -w 5'],
    ],
    [
      '-e -t 192.0.2.10:80 -r 192.0.2.20:8080 -m -x 9',
      ['-A -t 192.0.2.10:80 -s wlc -p 60', '-a -t 192.0.2.10:80 -r 192.0.2.20:8080 -m -w 1'],
    ],
    ['-Z', ['-A -t 192.0.2.10:80 -s wlc -p 60', '-a -t 192.0.2.10:80 -r 192.0.2.20:8080 -m -w 1']],
    ['-Z -t 192.0.2.10:80', ['-A -t 192.0.2.10:80 -s wlc -p 60', '-a -t 192.0.2.10:80 -r 192.0.2.20:8080 -m -w 1']],
    ['-d -t 192.0.2.10:80 -r 192.0.2.20:8080', ['-A -t 192.0.2.10:80 -s wlc -p 60']],
    ['-D -t 192.0.2.10:80', []],
    ['-A -f 4294967295 -6', ['-A -f 4294967295 -6 -s wlc']],
    ['-C', []],
    ['-A -t web.example:http', ['-A -t 192.0.2.10:80 -s wlc']],
  ];
  test('one after the other', async () => {
    for (const [line, saved] of steps) {
      expect(await onFile(line), line).toEqual(silent);
      expect(await savedInFile(), line).toEqual(saved);
    }
  });

  test('timeouts and sync daemons as well', async () => {
    await onFile('--set 900 0 77');
    await onFile('--start-daemon master --syncid 3');
    expect((await onFile('-L --timeout')).stdout).toBe('Timeout (tcp tcpfin udp): 900 120 77\n');
    expect((await onFile('-L --daemon')).stdout).toBe(
      'master sync daemon (mcast=eth0, syncid=3, maxlen=1472, group=224.0.0.81, port=8848, ttl=1)\n',
    );
    expect(await onFile('--stop-daemon master')).toEqual(silent);
    expect((await onFile('-L --daemon')).stdout).toBe('');
  });
});

describe('--restore', () => {
  const rules = rulesFor('6.12');

  test('takes what ipvsadm saves, and --save gives it back', async () => {
    expect(await onFile('-R', restoreText(rules))).toEqual(silent);
    expect(await savedInFile()).toEqual(savedLines(rules));
  });

  test('takes names', async () => {
    expect(await onFile('-R', '-A -t web.example:http\n-a -t web.example:http -r [2001:db8::1]:https -i\n')).toEqual(
      silent,
    );
    expect(await savedInFile()).toEqual([
      '-A -t 192.0.2.10:80 -s wlc',
      '-a -t 192.0.2.10:80 -r [2001:db8::1]:80 -i -w 1 --tun-type ipip',
    ]);
  });

  test('says what the kernel refuses, line by line, and does the rest', async () => {
    const outcome = await onFile('-R', '# twice\n-A -f 1\n-A -f 1\n\n-D -f 9\n-A -f 2\n');
    expect(outcome).toEqual({
      status: 255,
      stdout: '',
      stderr: [
        'ipvs: stdin, line 3: Cannot add service fwmark 1: the service exists already (EEXIST)\n',
        'ipvs: stdin, line 5: Cannot remove service fwmark 9: no such service (ESRCH)\n',
      ].join(''),
    });
    expect(await savedInFile()).toEqual(['-A -f 1 -s wlc', '-A -f 2 -s wlc']);
  });

  test('takes more lines than travel together', async () => {
    const text = Array.from({ length: 1100 }, (_, i) => `-A -f ${i + 1}\n`).join('');
    expect(await onFile('-R', text)).toEqual(silent);
    expect(await savedInFile()).toHaveLength(1100);
  });

  test('of nothing does nothing', async () => {
    expect(await onFile('-R')).toEqual(silent);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('--fake', () => {
  test('makes the file with the first change, and only then', async () => {
    expect((await onFile('-Sn')).stdout).toBe('');
    expect(readdirSync(folder)).toEqual([]);
    await onFile('-A -f 1');
    expect(readdirSync(folder)).toEqual(['rules']);
  });

  test('keeps everything, thresholds and settings too', async () => {
    await onFile(
      '-R',
      '-A -f 1 -M 255.0.0.0\n-a -f 1 -r 192.0.2.1 -m -x 9 -y 3\n--set 1 2 3\n--start-daemon backup --syncid 9\n',
    );
    const text = readFileSync(file, 'utf8');
    await onFile('-A -f 2');
    await onFile('-D -f 2');
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect((await onFile('-S --lossless')).stdout).toBe(text);
    for (const part of ['-M 255.0.0.0', '-x 9', '-y 3', '--set 1 2 3', '--syncid 9']) expect(text).toContain(part);
  });

  test('leaves a file alone that says the same already', async () => {
    writeFileSync(file, '# by hand\n-A -f 1\n');
    await onFile('-E -f 1');
    expect(readFileSync(file, 'utf8')).toBe('# by hand\n-A -f 1\n');
  });

  test('keeps the mode of the file, and what a link points to', async () => {
    writeFileSync(file, '');
    chmodSync(file, 0o640);
    const link = join(folder, 'link');
    symlinkSync(file, link);
    expect(await ipvs(['-A', '-f', '1', '--fake', link])).toEqual(silent);
    expect(readFileSync(file, 'utf8')).toContain('-A -f 1');
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder).sort()).toEqual(['link', 'rules']);
  });
});

describe('what it says of itself', () => {
  test('--help has every command and option', async () => {
    const { status, stdout, stderr } = await ipvs(['--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const unwrapped = stdout.replace(/\n {32}/g, ' ').replace(/ +/g, ' ');
    for (const [name, { short = '' }] of Object.entries({ ...cliGrammar.commands, ...cliGrammar.options })) {
      const letters = [...short].map((letter) => `-${letter}, `).join('');
      expect(stdout).toMatch(new RegExp(`^  ${letters}--${name}( .*)?$`, 'm'));
      expect(unwrapped).toContain(abouts[name]);
    }
    expect(await ipvs(['-h'])).toEqual({ status, stdout, stderr });
  });

  test('--help fits 80 columns and has synopses and exit statuses', async () => {
    const { stdout } = await ipvs(['--help']);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).toMatch(/^ {2}ipvs -D SERVICE$/m);
    expect(stdout).toMatch(/^Exit status:\n {2}0 +done\n {2}1 /m);
  });

  test('--version is that of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await ipvs(['-v'])).toEqual({ status: 0, stdout: `ipvs ${version}\n`, stderr: '' });
  });
});
