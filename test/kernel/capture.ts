import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, test } from 'vitest';
import { hostIsLittleEndian, type RecordedExchange } from '../../src/netlink/index.ts';
import { checkCapture } from '../contract/capture.ts';
import { ipvsadm, restoreText } from '../support/ipvsadm/ipvsadm.ts';
import { rulesFor } from '../support/ipvsadm/rules.ts';
import { enterFreshNamespace } from '../support/linux/namespace.ts';
import { formatExchanges, readNetlinkCapture } from '../support/netlink/pcap.ts';
import { realKernel, saveRecording } from './bed.ts';

export function captureTests(): void {
  describe('on the wire', () => {
    test('ipvsadm sends the attributes that we send', async () => {
      enterFreshNamespace();
      const rules = rulesFor(realKernel.kernel);
      const turns = await capture(() => {
        ipvsadm(['-R'], restoreText(rules));
        ipvsadm(['-Ln']);
      });
      checkCapture({ exchanges: turns, files: [], littleEndian: hostIsLittleEndian }, rules);
      saveRecording(
        'ipvsadm',
        'ipvsadm -R of a table with everything, then ipvsadm -Ln; captured on nlmon',
        formatExchanges(turns),
      );
    });
  });
}

/** The generic netlink conversations of this namespace while `action` runs. */
async function capture(action: () => void): Promise<RecordedExchange[]> {
  execFileSync('ip', ['-batch', '-'], { input: 'link add nlmon0 type nlmon\nlink set nlmon0 up\n' });
  const folder = mkdtempSync(join(tmpdir(), 'ipvs-capture-'));
  const file = join(folder, 'nlmon.pcap');
  // As root, since it would give up the right to write the file; unbuffered, since the file tells when it is done.
  const tcpdump = spawn('tcpdump', ['-i', 'nlmon0', '-Z', 'root', '-B', '16384', '-U', '-w', file]);
  try {
    await once(tcpdump.stderr, 'data');
    action();
    await settled(() => statSync(file).size);
    tcpdump.kill('SIGINT');
    await once(tcpdump, 'close');
    return readNetlinkCapture(readFileSync(file));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Waits until a number has stood still for a second. */
async function settled(read: () => number): Promise<void> {
  for (let [last, now] = [-1, read()]; now !== last; [last, now] = [now, read()]) await setTimeout(1000);
}
