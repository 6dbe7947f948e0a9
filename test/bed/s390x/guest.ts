import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, open, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildFolder } from '../cache.ts';
import { run } from '../commands.ts';
import { addModules, digest } from '../guest/initramfs.ts';
import { follow } from '../process.ts';
import { getKernel, getPrograms, type S390xKernel } from './debian.ts';

const PACKAGES = ['busybox-static', 'iproute2', 'conntrack', 'ipvsadm', 'tcpdump'];
const PROGRAMS = ['usr/sbin/ip', 'usr/sbin/conntrack', 'usr/sbin/ipvsadm', 'usr/bin/tcpdump'];
const LIBRARIES = 'usr/lib/s390x-linux-gnu';

/** Seconds. */
const LIMIT = 900;

/** A big-endian machine that is running. */
export type Guest = {
  release: string;
  /** Path without `.in` and `.out` of the pipes to the agent. */
  pipes: string;
  /** Powers it off; returns what the kernel and the emulator said. */
  stop(): Promise<string>;
};

/** Boots the big-endian kernel with the agent in it. */
export async function startGuest(): Promise<Guest> {
  const kernel = await getKernel();
  const initramfs = await getInitramfs(kernel);
  const folder = await mkdtemp(join(tmpdir(), 'ipvs-s390x-'));
  const pipes = join(folder, 'agent');
  await run('mkfifo', [`${pipes}.in`, `${pipes}.out`]);
  const console = join(folder, 'console');
  const words = qemuArguments(kernel, initramfs, pipes, console);
  const ended = follow('qemu-system-s390x', words, process.env, { timeout: LIMIT }).then(
    async ({ output, timedOut }) => {
      const said = `${output}${await readFile(console, 'utf8').catch(() => '')}`.trim();
      await rm(folder, { recursive: true });
      return timedOut ? `stopped at its time limit\n${said}` : said;
    },
  );
  const died = ended.then((said) => Promise.reject(new Error(`Linux ${kernel.release} did not start\n${said}`)));
  await Promise.race([greeting(pipes), died]);
  died.catch(() => {});
  return { release: kernel.release, pipes, stop: () => powerOff(pipes).then(() => ended) };
}

/** Waits for the first words of the agent. */
async function greeting(pipes: string): Promise<void> {
  const from = await open(`${pipes}.out`, 'r');
  await from.read(Buffer.alloc(8), 0, 8);
  await from.close();
}

async function powerOff(pipes: string): Promise<void> {
  // Opened for reading too, so that it does not wait for a machine that is gone.
  const to = await open(`${pipes}.in`, 'r+');
  await to.write(Buffer.of(0, 0, 0, 1, 'q'.charCodeAt(0)));
  await to.close();
}

function qemuArguments({ folder }: S390xKernel, initramfs: string, pipes: string, console: string): string[] {
  const options = {
    '-M': ['s390-ccw-virtio'],
    '-accel': ['tcg,thread=single'],
    '-cpu': ['max'],
    '-smp': ['2'],
    '-m': ['768'],
    '-kernel': [join(folder, 'vmlinuz')],
    '-initrd': [initramfs],
    '-append': ['quiet panic=-1 oops=panic mitigations=off rdinit=/init'],
    '-display': ['none'],
    '-chardev': [`file,id=console,path=${console}`, `pipe,id=agent,path=${pipes}`],
    '-device': ['sclpconsole,chardev=console', 'virtio-serial-ccw', 'virtserialport,chardev=agent'],
  };
  const words = Object.entries(options).flatMap(([name, values]) => values.flatMap((value) => [name, value]));
  return [...words, '-nodefaults', '-no-user-config', '-no-reboot'];
}

/** The guest's file system, kept beside the kernel until something in it changes. */
async function getInitramfs(kernel: S390xKernel): Promise<string> {
  const sources = ['init.sh', 'agent.c', 'guest.ts', '../guest/initramfs.ts', '../kernels/modules.ts'];
  const folder = join(
    kernel.folder,
    `initramfs-${await digest(sources.map((name) => join(import.meta.dirname, name)))}`,
  );
  if (!existsSync(folder)) await buildFolder(folder, (draft) => buildInitramfs(kernel, draft));
  return join(folder, 'initramfs.cpio');
}

async function buildInitramfs(kernel: S390xKernel, draft: string): Promise<void> {
  const [tree, programs] = [join(draft, 'tree'), await getPrograms(PACKAGES)];
  for (const folder of ['bin', 'sbin', 'proc', 'sys', 'dev', 'run', 'tmp', 'lib', LIBRARIES, 'usr/sbin'])
    await mkdir(join(tree, folder), { recursive: true });
  await cp(join(programs, 'usr/bin/busybox'), join(tree, 'bin/busybox'));
  await cp(join(import.meta.dirname, 'init.sh'), join(tree, 'init'));
  await symlink('../bin/busybox', join(tree, 'sbin/modprobe')); // where the kernel's own autoload looks for it
  await symlink(`../${LIBRARIES}/ld64.so.1`, join(tree, 'lib/ld64.so.1'));
  for (const program of PROGRAMS) await cp(join(programs, program), join(tree, program), { dereference: true });
  for (const name of await readdir(join(programs, LIBRARIES)))
    if (name.includes('.so'))
      await cp(join(programs, LIBRARIES, name), join(tree, LIBRARIES, name), { dereference: true });
  await run('s390x-linux-gnu-gcc', ['-static', '-O2', '-o', join(tree, 'agent'), join(import.meta.dirname, 'agent.c')]);
  await addModules(kernel, tree);
  await run('sh', ['-c', 'chmod 755 init; find . | cpio --quiet -o -H newc -R 0:0 > ../initramfs.cpio'], { cwd: tree });
  await rm(tree, { recursive: true });
}
