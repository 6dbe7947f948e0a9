import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'vitest';
import { formatBytes, type Turn } from '../../src/netlink/index.ts';
import { checkCapture } from '../contract/capture.ts';
import { ipvsadm, restoreText } from '../support/ipvsadm.ts';
import { enterFreshNamespace } from '../support/namespace.ts';
import { readNetlinkCapture } from '../support/pcap.ts';
import { rulesFor } from '../support/rules.ts';
import { realKernel, saveRecording } from './bed.ts';

export function captureTests(): void {
  describe('on the wire', () => {
    test('ipvsadm says what we would say', async () => {
      enterFreshNamespace();
      const rules = rulesFor(realKernel.kernel);
      const turns = await capture(() => {
        ipvsadm(['-R'], restoreText(rules));
        ipvsadm(['-Ln']);
      });
      checkCapture(turns, rules);
      saveRecording(
        'ipvsadm',
        'ipvsadm -R of a table with everything, then ipvsadm -Ln; captured on nlmon',
        format(turns),
      );
    });
  });
}

/** The generic netlink conversations of this namespace while `action` runs. */
async function capture(action: () => void): Promise<Turn[]> {
  execFileSync('ip', ['-batch', '-'], { input: 'link add nlmon0 type nlmon\nlink set nlmon0 up\n' });
  const tcpdump = spawn('tcpdump', ['-i', 'nlmon0', '--immediate-mode', '-U', '-s', '0', '-w', '-'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: Buffer[] = [];
  tcpdump.stdout.on('data', (chunk) => chunks.push(chunk));
  await once(tcpdump.stderr, 'data');
  action();
  tcpdump.kill('SIGINT');
  await once(tcpdump, 'close');
  return readNetlinkCapture(Buffer.concat(chunks));
}

function format(turns: readonly Turn[]): string[] {
  return turns.flatMap(({ request, replies }, i) => [
    ...(i > 0 ? [''] : []),
    `> ${formatBytes(request)}`,
    ...replies.map((reply) => `< ${formatBytes(reply)}`),
  ]);
}
