import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { kernelTransport, linuxKernel } from '../../src/netlink/index.ts';

const directory = mkdtempSync(join(tmpdir(), 'ipvs-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('a network namespace', () => {
  test('that does not exist', async () => {
    await expect(kernelTransport({ netns: join(directory, 'absent') })).rejects.toMatchObject({
      code: 'ERR_NETLINK_NETNS',
      message: `Cannot open network namespace ${join(directory, 'absent')} (ENOENT)`,
      syscall: 'open',
      errno: 2,
    });
  });

  test.each([
    ['a FIFO', (path: string) => execFileSync('mkfifo', [path])],
    ['a plain file', (path: string) => writeFileSync(path, '')],
  ])('that is %s', async (name, make) => {
    const path = join(directory, name.replaceAll(' ', '-'));
    make(path);
    await expect(kernelTransport({ netns: path })).rejects.toMatchObject({
      code: 'ERR_NETLINK_NETNS',
      syscall: 'setns',
    });
  });
});

describe('the wait for an answer', () => {
  test('is bounded by the timeout', async () => {
    const transport = await kernelTransport({ timeout: 1 });
    expect(() => transport.receive(new Uint8Array(16))).toThrow('The kernel gave no answer');
    transport.close();
  });

  test('is no longer where signals interrupt it', () => {
    const script = fileURLToPath(new URL('../support/linux/wait-under-signals.ts', import.meta.url));
    const waited = Number(execFileSync(process.execPath, ['--import', 'tsx', script], { encoding: 'utf8' }));
    expect(waited).toBeGreaterThanOrEqual(200);
    expect(waited).toBeLessThan(2000);
  });

  test.each([-1, 1.5, 2 ** 31, '5', null])('cannot be %j', async (timeout) => {
    const open = linuxKernel({ timeout: timeout as number }).openNetlink('generic');
    await expect(open).rejects.toMatchObject({ code: 'ERR_INPUT', path: 'timeout' });
  });
});

test('the size of the send buffer is told as granted', async () => {
  const transport = await kernelTransport();
  expect(transport.largestDatagram).toBeGreaterThan(4096);
  expect(() => transport.send(new Uint8Array((transport.largestDatagram ?? 0) + 1))).toThrow('EMSGSIZE');
  expect(() => transport.send(new Uint8Array(transport.largestDatagram ?? 0))).not.toThrow();
  transport.close();
});

test('a socket that could not be opened for want of descriptors can be opened later', () => {
  const script = fileURLToPath(new URL('../support/linux/open-without-descriptors.ts', import.meta.url));
  const command = `ulimit -n 64 && exec "${process.execPath}" --import tsx "${script}"`;
  const { message, opened } = JSON.parse(execFileSync('sh', ['-c', command], { encoding: 'utf8' }));
  expect(opened).toBe(true);
  expect(message).toMatch(/EMFILE|Too many open files/i);
  expect(message).not.toContain('--omit=optional');
});

test('a socket that a seccomp filter refuses says so', () => {
  const script = fileURLToPath(new URL('../support/linux/open-under-seccomp.ts', import.meta.url));
  const printed = execFileSync(process.execPath, ['--import', 'tsx', script], { encoding: 'utf8' });
  expect(JSON.parse(printed)).toMatchObject({
    code: 'ERR_NETLINK_SYSTEM',
    syscall: 'socket',
    message: 'The system call socket failed on a netlink socket (EPERM)',
  });
});
