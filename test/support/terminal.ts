import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const root = join(import.meta.dirname, '../..');

/** Looks at the screen for what is waited for; an emulated machine takes some seconds to start a program. */
const ATTEMPTS = 1200;

/** A shell in the repository, on a terminal of tmux: what runs there is seen as a person sees it. */
export class Terminal {
  /** For files of the test; it goes with the terminal. */
  readonly folder = mkdtempSync(join(tmpdir(), 'ipvs-terminal-'));
  #asked = 0;

  static async open({ columns = 80, rows = 24 } = {}): Promise<Terminal> {
    const terminal = new Terminal();
    const shell = ['env', '-u', 'NO_COLOR', 'PS1=$ ', 'TERM=screen-256color', 'sh', '-c', 'echo ready; exec sh'];
    const size = ['-x', String(columns), '-y', String(rows)];
    terminal.#tmux('-f', '/dev/null', 'new-session', '-d', '-c', root, ...size, ...shell);
    await terminal.screenWith(/^ready/m);
    return terminal;
  }

  /** Types a command. */
  enter(command: string): void {
    this.press(command, 'Enter');
  }

  /** Presses keys, each by tmux's name for it, or a text. */
  press(...keys: string[]): void {
    this.#tmux('send-keys', '--', ...keys);
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** The lines on the screen. */
  get screen(): string[] {
    return this.#tmux('capture-pane', '-p').replace(/\n$/, '').split('\n');
  }

  /** The screen with the control sequences that colour it. */
  get colouredScreen(): string {
    return this.#tmux('capture-pane', '-p', '-e');
  }

  /** The lines on the screen once there is something. */
  async screenWith(pattern: RegExp): Promise<string[]> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { screen } = this;
      if (pattern.test(screen.join('\n'))) return screen;
      await setTimeout(50);
    }
    throw new Error(`The screen does not show ${pattern}:\n${this.screen.join('\n')}`);
  }

  /** Whether the alternate screen is shown, and the cursor. */
  get modes(): { readonly alternate: boolean; readonly cursor: boolean } {
    const [alternate, cursor] = this.#tmux('display-message', '-p', '#{alternate_on} #{cursor_flag}').trim().split(' ');
    return { alternate: alternate === '1', cursor: cursor === '1' };
  }

  /** What stty(1) says of the terminal, asked by the shell. */
  async settings(): Promise<string> {
    const file = join(this.folder, 'settings');
    this.#asked++;
    // The quotes tell what is said from what is typed.
    this.enter(`stty -a > ${file}; echo asked''-${this.#asked}`);
    await this.screenWith(new RegExp(`^asked-${this.#asked}$`, 'm'));
    return readFileSync(file, 'utf8');
  }

  close(): void {
    this.#tmux('kill-server');
    rmSync(this.folder, { recursive: true });
  }

  #tmux(...args: string[]): string {
    return execFileSync('tmux', ['-S', join(this.folder, 'tmux'), ...args], { encoding: 'utf8' });
  }
}
