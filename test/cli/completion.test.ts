import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ensureTools } from '../bed/debian/packages.ts';
import { ipvs } from '../support/cli.ts';
import { Terminal } from '../support/terminal.ts';

beforeAll(() => ensureTools({ tmux: 'tmux', zsh: 'zsh', fish: 'fish' }), 300_000);

/** What bash itself offers for the last of these words, with the script in force. */
async function offered(...words: string[]): Promise<string[]> {
  const { stdout } = await ipvs(['completion', 'bash']);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own
  const ask = 'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ipvs; printf "%s\\n" "${COMPREPLY[@]}"';
  return execFileSync('bash', ['-c', `${stdout}\n${ask}`, 'bash', 'ipvs', ...words], { encoding: 'utf8' })
    .trim()
    .split('\n');
}

describe('completion', () => {
  test('offers subcommands, and the long options of ipvsadm', async () => {
    expect(await offered('wa')).toEqual(['watch']);
    expect(await offered('--add-s')).toEqual(['--add-service', '--add-server']);
  });

  test('offers the options of the subcommand in front', async () => {
    expect(await offered('info', '--')).toEqual(['--features', '--json', '--netns', '--fake', '--help']);
    expect(await offered('-L', '--st')).toEqual(['--start-daemon', '--stop-daemon', '--stats']);
  });

  test('offers the values of an option that takes one of a few', async () => {
    expect(await offered('--start-daemon', '')).toEqual(['master', 'backup']);
    expect(await offered('-a', '--tun-type', 'g')).toEqual(['gue', 'gre']);
  });

  test('offers the operands of a subcommand that takes one of a few', async () => {
    expect(await offered('completion', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(await offered('completion', '--')).toEqual(['--netns', '--fake', '--help']);
    expect(await offered('plan', '')).toEqual(['']);
  });

  test('offers files where an option takes one', async () => {
    expect(await offered('-L', '--fake', 'package.js')).toEqual(['package.json']);
  });

  test('zsh completes words as they are typed', async () => {
    const terminal = await Terminal.open();
    onTestFinished(() => terminal.close());
    const script = join(terminal.folder, 'completion');
    writeFileSync(script, (await ipvs(['completion', 'zsh'])).stdout);
    terminal.enter('zsh -f');
    terminal.enter(`source ${script} && echo loaded`);
    await terminal.screenWith(/^loaded/m);
    terminal.press('ipvs wa', 'Tab');
    await terminal.screenWith(/ipvs watch/);
    terminal.press('--js', 'Tab');
    await terminal.screenWith(/ipvs watch --json/);
    terminal.press('C-u', 'ipvs --start-daemon m', 'Tab');
    await terminal.screenWith(/ipvs --start-daemon master/);
  });

  test('fish offers words, and the values of an option', async () => {
    const { stdout } = await ipvs(['completion', 'fish']);
    const offered = (line: string) =>
      execFileSync('fish', ['--no-config', '-c', `${stdout}\ncomplete -C '${line}'`], { encoding: 'utf8' }).split('\n');
    expect(offered('ipvs wa')).toEqual(['watch', '']);
    expect(offered('ipvs watch --js')).toEqual(['--json', '']);
    expect(offered('ipvs completion z')).toContain('zsh');
    expect(offered('ipvs --start-daemon m')).toEqual(['master', '']);
  });

  test('names the shells it knows', async () => {
    expect(await ipvs(['completion', 'tcsh'])).toMatchObject({
      stderr: expect.stringContaining("unknown shell 'tcsh' (bash|zsh|fish)"),
    });
  });
});
