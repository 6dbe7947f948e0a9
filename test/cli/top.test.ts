import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ensureTools } from '../bed/debian/packages.ts';
import { ipvs } from '../support/cli.ts';

const root = join(import.meta.dirname, '../..');

const rules = `
-A -t 192.0.2.1:80 -s rr
-a -t 192.0.2.1:80 -r 10.0.0.1:8080 -m -w 3
-a -t 192.0.2.1:80 -r 10.0.0.2:8080 -m -w 4
-A -u 192.0.2.1:53 -s wlc
-a -u 192.0.2.1:53 -r 10.0.0.3:53 -g -w 5
`;

let folder: string;
let socket: string;
let before: string;

beforeAll(() => ensureTools({ tmux: 'tmux' }), 300_000);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ipvs-top-'));
  socket = join(folder, 'tmux');
  writeFileSync(join(folder, 'rules'), rules);
  const shell = ['env', '-u', 'NO_COLOR', 'PS1=$ ', 'TERM=screen-256color', 'sh', '-c'];
  const start = `stty -a > ${folder}/before; echo ready; exec sh`;
  tmux('-f', '/dev/null', 'new-session', '-d', '-c', root, '-x', '80', '-y', '24', ...shell, start);
  await screenWith(/^ready/m);
  before = readFileSync(join(folder, 'before'), 'utf8');
}, 60_000);
afterEach(() => {
  tmux('kill-server');
  rmSync(folder, { recursive: true });
});

describe('top', () => {
  test('shows services and servers, sorted, and what passes', async () => {
    await startTop();
    const idle = await screenWith(/q quit/);
    expect(idle[0]).toBe('2 services, 3 destinations; in all 0 connections/s, 0 B/s in, 0 B/s out');
    expect(idle[1]).toMatch(/^SERVICE +MANNER +ACTIVE +INACT +-CONN\/S +IN B\/S +OUT B\/S$/);
    expect(idle.slice(2, 7).map((line) => line.trim().split(/ {2,}/)[0])).toEqual([
      'tcp 192.0.2.1:80',
      '10.0.0.1:8080',
      '10.0.0.2:8080',
      'udp 192.0.2.1:53',
      '10.0.0.3:53',
    ]);
    signal('SIGUSR2');
    const busy = await screenWith(/ 345 /);
    expect(busy[0]).toBe('2 services, 3 destinations; in all 1000 connections/s, 500.0k B/s in, 0 B/s out');
    expect(busy[2]).toMatch(/^tcp 192\.0\.2\.1:80 +rr +12 +345 +1000 +500\.0k +0$/);
    expect(busy[3]).toMatch(/^ {2}10\.0\.0\.2:8080 +masquerade +12 +345 +1000 +500\.0k +0$/);
    expect(busy[4]).toMatch(/^ {2}10\.0\.0\.1:8080 +masquerade +0 +0 +0 +0 +0$/);
    expect(busy.every((line) => line.length <= 80)).toBe(true);
  });

  test('follows the size of the terminal', async () => {
    await startTop();
    await screenWith(/q quit/);
    tmux('resize-window', '-x', '130', '-y', '10');
    const wide = await screenWith(/WEIGHT/);
    expect(wide[1]).toMatch(/WEIGHT ACTIVE +INACT +-CONN\/S IN PK\/S OUT PK\/S +IN B\/S OUT B\/S$/);
    expect(wide[3]).toMatch(/^ {2}10\.0\.0\.1:8080 +masquerade +3 +0 /);
    expect(wide[9]).toMatch(/^q quit/);
    tmux('resize-window', '-x', '80', '-y', '5');
    const small = await screenWith(/CONN\/S +IN B\/S/);
    expect(small.slice(2)).toEqual([
      expect.stringMatching(/^tcp 192/),
      expect.stringMatching(/10\.0\.0\.1/),
      expect.stringMatching(/^q quit/),
    ]);
    tmux('send-keys', 'Down', 'Down', 'Down');
    expect((await screenWith(/10\.0\.0\.3/))[2]).toMatch(/^udp 192/);
  });

  test('sorts and filters by keys', async () => {
    await startTop();
    await screenWith(/q quit/);
    tmux('send-keys', 'r');
    expect((await screenWith(/\+CONN\/S/))[2]).toMatch(/^tcp /);
    tmux('send-keys', '<', '<');
    await screenWith(/\+ACTIVE/);
    tmux('send-keys', '/', '10.0.0.3', 'Enter');
    const filtered = await screenWith(/showing '10\.0\.0\.3'/);
    expect(filtered.slice(2, 5)).toEqual([
      expect.stringMatching(/^udp 192/),
      expect.stringMatching(/^ {2}10\.0\.0\.3:53 +direct-route /),
      '',
    ]);
    tmux('send-keys', 'Escape');
    await screenWith(/10\.0\.0\.1/);
  });

  test.each<[ending: string, end: () => void, status: string]>([
    ['q', () => tmux('send-keys', 'q'), '0'],
    ['Ctrl-C', () => tmux('send-keys', 'C-c'), '130'],
    ['SIGTERM', () => signal('SIGTERM'), '143'],
    ['a crash', () => signal('SIGHUP'), '1'],
  ])('leaves the terminal as it was after %s', async (ending, end, status) => {
    await startTop();
    await screenWith(/q quit/);
    expect(terminalState()).toBe('1 0');
    end();
    const screen = await screenWith(/status \d/);
    expect(screen.join('\n')).toContain(`status ${status}`);
    expect(screen.join('\n')).not.toContain('q quit');
    if (ending === 'a crash') expect(screen.join('\n')).toContain('a crash that was asked for');
    expect(terminalState()).toBe('0 1');
    tmux('send-keys', `stty -a > ${folder}/after; echo done`, 'Enter');
    await screenWith(/^done/m);
    expect(readFileSync(join(folder, 'after'), 'utf8')).toBe(before);
  });

  test('has colour, unless NO_COLOR is set', async () => {
    await startTop();
    await screenWith(/q quit/);
    expect(tmux('capture-pane', '-p', '-e')).toContain('\x1b[36m');
    tmux('send-keys', 'q');
    await screenWith(/status 0/);
    tmux('send-keys', 'clear', 'Enter');
    await startTop('NO_COLOR=1');
    await screenWith(/q quit/);
    expect(tmux('capture-pane', '-p', '-e')).not.toContain('\x1b[36m');
  });

  test('needs a terminal, and words that it knows', async () => {
    const fake = ['--fake', join(folder, 'rules')];
    expect(await ipvs(['top', ...fake])).toEqual({
      status: 2,
      stdout: '',
      stderr: 'ipvs: top needs a terminal; watch prints lines\n',
    });
    expect((await ipvs(['top', '--interval', '0', ...fake])).stderr).toContain('--interval must be more than 0');
    expect((await ipvs(['top', '--sort', 'name', ...fake])).stderr).toContain('--sort must be weight, active, inact, ');
  });
});

function tmux(...args: string[]): string {
  return execFileSync('tmux', ['-S', socket, ...args], { encoding: 'utf8' });
}

/** Starts `ipvs top` in the terminal. */
async function startTop(environment = ''): Promise<void> {
  rmSync(join(folder, 'pid'), { force: true });
  const node = `node --import tsx --import ./test/support/command-on-signals.ts src/cli/main.ts`;
  const command = `${environment} IPVS_PID=${folder}/pid ${node} top --interval 0.2 --fake ${folder}/rules; echo status $?`;
  tmux('send-keys', command, 'Enter');
  while (!existsSync(join(folder, 'pid'))) await setTimeout(50);
}

function signal(name: NodeJS.Signals): void {
  process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), name);
}

/** Whether the alternate screen is shown, and the cursor. */
function terminalState(): string {
  return tmux('display-message', '-p', '#{alternate_on} #{cursor_flag}').trim();
}

/** The lines on the screen once there is something. */
async function screenWith(pattern: RegExp): Promise<string[]> {
  let screen = '';
  for (let attempt = 0; attempt < 400; attempt++) {
    screen = tmux('capture-pane', '-p');
    if (pattern.test(screen)) return screen.replace(/\n$/, '').split('\n');
    await setTimeout(50);
  }
  throw new Error(`The screen does not show ${pattern}:\n${screen}`);
}
