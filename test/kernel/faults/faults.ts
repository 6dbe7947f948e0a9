import { execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { Ipvs, UnstableError } from '../../../src/ipvs/index.ts';
import { web } from '../../contract/expected.ts';
import { withoutNetAdmin } from '../../support/linux/capabilities.ts';
import { openDescriptors } from '../../support/linux/descriptors.ts';
import { enterFreshNamespace } from '../../support/linux/namespace.ts';

const TSX = ['--import', 'tsx'];
const program = (name: string) => fileURLToPath(new URL(`${name}.ts`, import.meta.url));

/** What befalls a process and its rights while it works: what it sees, and what the kernel holds afterwards. */
export function faultTests(): void {
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
      const child = fork(program('../../support/ipvs/churning-process'), ['[]'], { execArgv: TSX });
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
        const workerData = { from: 1 + thread * count, count };
        const code = `import('tsx/esm/api').then(({ register }) => register() && import('${program('adding-thread')}'))`;
        const worker = new Worker(code, { eval: true, workerData });
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
      const command = [...words, process.execPath, ...TSX, program('adding-and-listing-process')];
      expect(JSON.parse(execFileSync('strace', command, { encoding: 'utf8' }))).toEqual(outcome);
    });
  });

  describe('rights', () => {
    test('that are given up while a socket is open are missing from then on, until they are back', async () => {
      await using ipvs = await Ipvs.open();
      await ipvs.addService(web);
      await withoutNetAdmin(async () => {
        await expect(ipvs.removeService(web)).rejects.toMatchObject({ reason: 'not-permitted' });
        await expect(ipvs.services()).rejects.toMatchObject({ reason: 'not-permitted' });
      });
      expect(await ipvs.services()).toMatchObject([web]);
    });

    test('that a socket was opened without are not had by it later', async () => {
      const ipvs = await withoutNetAdmin(() => Ipvs.open());
      await expect(ipvs.addService(web)).rejects.toMatchObject({ reason: 'not-permitted' });
      await ipvs.close();
    });

    test.each([
      ['', ['-Ur']],
      [' and a network of its own', ['-Urn']],
    ])('are missing in a user namespace%s', (_, options) => {
      const printed = execFileSync('unshare', [...options, process.execPath, ...TSX, program('listing-process')]);
      expect(JSON.parse(`${printed}`)).toEqual({
        reason: 'not-permitted',
        code: 'EPERM',
        message: 'Cannot list the services: requires CAP_NET_ADMIN in the initial user namespace (EPERM)',
      });
    });
  });

  test('a table that grows by 20,000 services while it is listed shows those that were there before, each once', async () => {
    await using ipvs = await Ipvs.open();
    const ports = Array.from({ length: 300 }, (_, i) => i + 1);
    await Promise.all(ports.map((port) => ipvs.addService({ ...web, protocol: 'udp', port })));
    const others = { done: false };
    const adding = runAdding('').finally(() => {
      others.done = true;
    });
    let readings = 0;
    while (!others.done) {
      const listed = await ipvs.services({ consistent: true }).catch(unlessUnstable);
      if (!listed) continue;
      readings++;
      const keys = listed.map(({ protocol, port }) => `${protocol} ${port}`);
      expect(new Set(keys).size).toBe(keys.length);
      expect(keys.filter((key) => key.startsWith('udp'))).toHaveLength(ports.length);
    }
    expect((await adding).exit).toEqual([0, null]);
    expect(readings).toBeGreaterThan(0);
    expect(await ipvs.services()).toHaveLength(20_000 + ports.length);
  });

  test('a network namespace that is deleted lives on for those who have it open', async () => {
    execFileSync('ip', ['netns', 'add', 'deleted']);
    const before = openDescriptors();
    const ipvs = await Ipvs.open({ netns: 'deleted' });
    await ipvs.addService(web);
    execFileSync('ip', ['netns', 'delete', 'deleted']);
    await ipvs.addService({ ...web, port: 81 });
    expect(await ipvs.services()).toHaveLength(2);
    await ipvs.close();
    expect(openDescriptors()).toEqual(before);
    await expect(Ipvs.open({ netns: 'deleted' })).rejects.toMatchObject({ code: 'ERR_NETLINK_NETNS' });
  });
}

function unlessUnstable(error: unknown): undefined {
  if (!(error instanceof UnstableError)) throw error;
}

/** Runs the process that adds services, and gives how it ended and the ports that it was told were added. */
async function runAdding(mode: string, onFirst: (child: ReturnType<typeof spawn>) => void = () => {}, group = '') {
  const enter = group && `echo $$ > ${group}/cgroup.procs; `;
  const command = `${enter}exec "$0" ${TSX.join(' ')} "${program('adding-process')}" ${mode}`;
  const child = spawn('sh', ['-c', command, process.execPath], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  child.stdout.once('data', () => onFirst(child));
  const printed = await text(child.stdout);
  const added = printed.split('\n').slice(0, -1).map(Number);
  return { exit: await ended, added };
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
