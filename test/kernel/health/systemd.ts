import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

const guide = readFileSync(new URL('../../../docs/health.md', import.meta.url), 'utf8');

export function systemdTests(): void {
  describe('the unit in docs/health.md', () => {
    test('is one that systemd takes', () => {
      const [, unit = ''] = /^# \/etc\/systemd\/system\/ipvs-pool\.service\n(.*?)^```/ms.exec(guide) ?? [];
      // A program that there is: systemd looks for it.
      const own = unit.replace('/usr/bin/ipvs ', '/usr/bin/true ');
      expect(own).toContain('ExecStart=/usr/bin/true pool /etc/ipvs/pools.yaml\n');
      expect(verify(own)).toEqual({ status: 0, output: '' });
      // Of each of these it would say so, in words that differ between its versions.
      for (const [right, wrong] of [
        ['Type=exec', 'Type=exce'],
        ['DynamicUser', 'DynamicUsers'],
      ] as const)
        expect(verify(own.replace(right, wrong)).output).toContain(wrong.replace('Type=', ''));
    });
  });
}

/** What systemd says of a unit; nothing where all is well. */
function verify(unit: string): { status: number | null; output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'ipvs-unit-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'ipvs-pool.service');
  writeFileSync(path, unit);
  const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8' });
  return { status, output: stdout + stderr };
}
