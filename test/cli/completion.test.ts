import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { ipvs } from '../support/cli.ts';

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

  test('offers files where an option takes one', async () => {
    expect(await offered('-L', '--fake', 'package.js')).toEqual(['package.json']);
  });

  test('names the shells it knows', async () => {
    expect(await ipvs(['completion', 'tcsh'])).toMatchObject({
      stderr: expect.stringContaining("unknown shell 'tcsh' (bash|zsh|fish)"),
    });
  });
});
