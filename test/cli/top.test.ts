import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ensureTools } from '../bed/debian/packages.ts';
import { ipvs } from '../support/cli.ts';
import { Terminal } from '../support/terminal.ts';

const rules = `
-A -t 192.0.2.1:80 -s rr
-a -t 192.0.2.1:80 -r 10.0.0.1:8080 -m -w 3
-a -t 192.0.2.1:80 -r 10.0.0.2:8080 -m -w 4
-A -u 192.0.2.1:53 -s wlc
-a -u 192.0.2.1:53 -r 10.0.0.3:53 -g -w 5
`;

let terminal: Terminal;

beforeAll(() => ensureTools({ tmux: 'tmux' }), 300_000);

beforeEach(async () => {
  terminal = await Terminal.open();
  writeFileSync(join(terminal.folder, 'rules'), rules);
}, 60_000);
afterEach(() => terminal.close());

describe('top', () => {
  test('shows services and servers, sorted, and what passes', async () => {
    await startTop();
    const idle = await terminal.screenWith(/q quit/);
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
    const busy = await terminal.screenWith(/ 345 /);
    expect(busy[0]).toBe('2 services, 3 destinations; in all 1000 connections/s, 500.0k B/s in, 0 B/s out');
    expect(busy[2]).toMatch(/^tcp 192\.0\.2\.1:80 +rr +12 +345 +1000 +500\.0k +0$/);
    expect(busy[3]).toMatch(/^ {2}10\.0\.0\.2:8080 +masquerade +12 +345 +1000 +500\.0k +0$/);
    expect(busy[4]).toMatch(/^ {2}10\.0\.0\.1:8080 +masquerade +0 +0 +0 +0 +0$/);
    expect(busy.every((line) => line.length <= 80)).toBe(true);
  });

  test('follows the size of the terminal', async () => {
    await startTop();
    await terminal.screenWith(/q quit/);
    terminal.resize(130, 10);
    const wide = await terminal.screenWith(/WEIGHT/);
    expect(wide[1]).toMatch(/WEIGHT ACTIVE +INACT +-CONN\/S IN PK\/S OUT PK\/S +IN B\/S OUT B\/S$/);
    expect(wide[3]).toMatch(/^ {2}10\.0\.0\.1:8080 +masquerade +3 +0 /);
    expect(wide[9]).toMatch(/^q quit/);
    terminal.resize(80, 5);
    const small = await terminal.screenWith(/CONN\/S +IN B\/S/);
    expect(small.slice(2)).toEqual([
      expect.stringMatching(/^tcp 192/),
      expect.stringMatching(/10\.0\.0\.1/),
      expect.stringMatching(/^q quit/),
    ]);
    terminal.press('Down', 'Down', 'Down');
    expect((await terminal.screenWith(/10\.0\.0\.3/))[2]).toMatch(/^udp 192/);
  });

  test('sorts and filters by keys', async () => {
    await startTop();
    await terminal.screenWith(/q quit/);
    terminal.press('r');
    expect((await terminal.screenWith(/\+CONN\/S/))[2]).toMatch(/^tcp /);
    terminal.press('<', '<');
    await terminal.screenWith(/\+ACTIVE/);
    terminal.press('/', '10.0.0.3', 'Enter');
    const filtered = await terminal.screenWith(/showing '10\.0\.0\.3'/);
    expect(filtered.slice(2, 5)).toEqual([
      expect.stringMatching(/^udp 192/),
      expect.stringMatching(/^ {2}10\.0\.0\.3:53 +direct-route /),
      '',
    ]);
    terminal.press('Escape');
    await terminal.screenWith(/10\.0\.0\.1/);
  });

  test.each<[ending: string, end: () => void, status: string]>([
    ['q', () => terminal.press('q'), '0'],
    ['Ctrl-C', () => terminal.press('C-c'), '130'],
    ['SIGTERM', () => signal('SIGTERM'), '143'],
    ['a crash', () => signal('SIGHUP'), '1'],
  ])('leaves the terminal as it was after %s', async (ending, end, status) => {
    const before = await terminal.settings();
    await startTop();
    await terminal.screenWith(/q quit/);
    expect(terminal.modes).toEqual({ alternate: true, cursor: false });
    end();
    const screen = await terminal.screenWith(/status \d/);
    expect(screen.join('\n')).toContain(`status ${status}`);
    expect(screen.join('\n')).not.toContain('q quit');
    if (ending === 'a crash') expect(screen.join('\n')).toContain('a crash that was asked for');
    expect(terminal.modes).toEqual({ alternate: false, cursor: true });
    expect(await terminal.settings()).toBe(before);
  });

  test('has colour, unless NO_COLOR is set', async () => {
    await startTop();
    await terminal.screenWith(/q quit/);
    expect(terminal.colouredScreen).toContain('\x1b[36m');
    terminal.press('q');
    await terminal.screenWith(/status 0/);
    terminal.enter('clear');
    await startTop('NO_COLOR=1');
    await terminal.screenWith(/q quit/);
    expect(terminal.colouredScreen).not.toContain('\x1b[36m');
  });

  test('needs a terminal, and words that it knows', async () => {
    const fake = ['--fake', join(terminal.folder, 'rules')];
    expect(await ipvs(['top', ...fake])).toEqual({
      status: 2,
      stdout: '',
      stderr: 'ipvs: top needs a terminal; watch prints lines\n',
    });
    expect((await ipvs(['top', '--interval', '0', ...fake])).stderr).toContain('--interval must be more than 0');
    expect((await ipvs(['top', '--sort', 'name', ...fake])).stderr).toContain('--sort must be weight, active, inact, ');
  });
});

/** Starts `ipvs top` in the terminal. */
async function startTop(environment = ''): Promise<void> {
  const { folder } = terminal;
  rmSync(join(folder, 'pid'), { force: true });
  const node = `node --import tsx --import ./test/support/command-on-signals.ts src/cli/main.ts`;
  terminal.enter(
    `${environment} IPVS_PID=${folder}/pid ${node} top --interval 0.2 --fake ${folder}/rules; echo status $?`,
  );
  while (!existsSync(join(folder, 'pid'))) await setTimeout(50);
}

function signal(name: NodeJS.Signals): void {
  process.kill(Number(readFileSync(join(terminal.folder, 'pid'), 'utf8')), name);
}
