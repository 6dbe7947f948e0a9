import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { Ipvs } from '../../../src/ipvs/index.ts';
import { program } from '../../support/built.ts';
import { enterFreshNamespace } from '../../support/linux/namespace.ts';
import { runAdding } from './adding.ts';

/** What befalls a process while it works: what it sees, and what the kernel holds afterwards. */
export function processTests(): void {
  beforeAll(() => void execFileSync('modprobe', ['ip_vs'])); // and IPv6 with it, where it is a module
  beforeEach(enterFreshNamespace);

  describe('a process', () => {
    test('that exits with calls under way leaves the first of them done, and no other', async () => {
      const { exit, added } = await runAdding('exit');
      expect(exit).toEqual([0, null]);
      await expectFirst(added);
    });

    test('that is killed leaves the first of its calls done, and no other', async () => {
      const { exit, added } = await runAdding('', (child) => child.kill('SIGKILL'));
      expect(exit).toEqual([null, 'SIGKILL']);
      await expectFirst(added);
    });

    test('that its control group has no memory for leaves the first of its calls done, and no other', async () => {
      const group = makeMemoryGroup(192 << 20);
      const { exit, added } = await runAdding('hoard', () => {}, group);
      expect(exit).toEqual([null, 'SIGKILL']);
      await expectFirst(added);
    });

    test('that is stopped now and then goes on where it was, without an error', async () => {
      const child = fork(program('churning-process'), ['[]']);
      onTestFinished(() => void child.kill('SIGKILL'));
      const [before] = await once(child, 'message');
      for (let i = 0; i < 5; i++) {
        child.kill('SIGSTOP');
        await setTimeout(1500);
        child.kill('SIGCONT');
        await setTimeout(37 * i);
      }
      const [counted, ended] = [once(child, 'message'), once(child, 'exit')];
      child.send('stop');
      expect((await counted)[0]).toBeGreaterThan(before);
      expect(await ended).toEqual([0, null]);
      await using ipvs = await Ipvs.open();
      expect(await ipvs.services()).toEqual([]);
    });

    test('may use IPVS in all of its threads at once', async () => {
      const count = 250;
      const listed = [0, 1, 2, 3].map(async (thread) => {
        const worker = new Worker(program('adding-thread'), { workerData: { from: 1 + thread * count, count } });
        const [own] = await once(worker, 'message');
        await once(worker, 'exit');
        return own;
      });
      expect(await Promise.all(listed)).toEqual([count, count, count, count]);
      await using ipvs = await Ipvs.open();
      expect(await ipvs.services()).toHaveLength(4 * count);
    });
  });

  describe('system calls', () => {
    test.each([
      [
        'are interrupted, every other one',
        'sendto,recvfrom,recvmmsg:error=EINTR:when=1+2',
        { added: 100, listed: 100 },
      ],
      ['have no buffers to send', 'sendto:error=ENOBUFS:when=3', { ERR_NETLINK_SYSTEM: 10, added: 90, listed: 90 }],
      ['have no memory to send', 'sendto:error=ENOMEM:when=3', { ERR_NETLINK_SYSTEM: 10, added: 90, listed: 90 }],
      ['have lost an answer', 'recvfrom:error=ENOBUFS:when=3', { ERR_NETLINK_OVERRUN: 10, added: 90, listed: 100 }],
    ])('that %s', (_, injected, outcome) => {
      const words = [
        '-f',
        '-qq',
        '-o',
        '/dev/null',
        '-e',
        'trace=sendto,recvfrom,recvmmsg',
        '-e',
        `inject=${injected}`,
      ];
      const command = [...words, process.execPath, program('adding-and-listing-process')];
      expect(JSON.parse(execFileSync('strace', command, { encoding: 'utf8' }))).toEqual(outcome);
    });
  });

  test.each([
    ['', ['-Ur']],
    [' and a network of its own', ['-Urn']],
  ])('a user namespace%s has no rights', (_, options) => {
    const printed = execFileSync('unshare', [...options, process.execPath, program('listing-process')]);
    expect(JSON.parse(`${printed}`)).toEqual({
      reason: 'not-permitted',
      code: 'EPERM',
      message: 'Cannot list the services: requires CAP_NET_ADMIN in the initial user namespace (EPERM)',
    });
  });
}

/** The services are those of the ports from 1 on, and all that the process was told were added are among them. */
async function expectFirst(added: readonly number[]): Promise<void> {
  await using ipvs = await Ipvs.open();
  const ports = (await ipvs.services()).map(({ port = 0 }) => port).sort((a, b) => a - b);
  expect(added.length).toBeGreaterThan(0);
  expect(ports.length).toBeGreaterThanOrEqual(added.length);
  expect(ports.length).toBeLessThan(20_000);
  expect(ports).toEqual(ports.map((_, i) => i + 1));
}

/** A control group whose processes may take so many bytes. */
function makeMemoryGroup(bytes: number): string {
  const root = mkdtempSync(join(tmpdir(), 'cgroup-'));
  execFileSync('mount', ['-t', 'cgroup2', 'none', root]);
  const group = join(root, 'small');
  writeFileSync(join(root, 'cgroup.subtree_control'), '+memory');
  mkdirSync(group);
  writeFileSync(join(group, 'memory.max'), `${bytes}`);
  onTestFinished(() => {
    rmdirSync(group);
    execFileSync('umount', [root]);
  });
  return group;
}
