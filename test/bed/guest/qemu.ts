import type { Kernel } from '../kernels/kernels.ts';
import type { Userland } from './userland.ts';

/** The machine to emulate, and the host's folders it sees. */
export type Machine = {
  kernel: Kernel;
  initramfs: string;
  userland: Userland;
  job: string;
  out?: string;
  memory: number;
  smp: number;
};

/**
 * The words after qemu's command: the output of the guest's command is qemu's stdout, the kernel's console a file of the job.
 * A /dev/kvm that opens need not work, so it takes asking for.
 */
export function qemuArguments({ kernel, initramfs, userland, job, out, memory, smp }: Machine): string[] {
  const { machine, console } = kernel.architecture;
  const accel = process.env['IPVS_QEMU_ACCEL'] || machine['-accel'];
  const options = {
    '-M': [machine['-M']],
    '-accel': [accel],
    '-cpu': [machine['-cpu']],
    '-smp': [`${smp}`],
    '-m': [`${memory}`],
    '-kernel': [kernel.image],
    '-initrd': [initramfs],
    '-append': [`console=${console} quiet panic=-1 oops=panic mitigations=off rdinit=/init`],
    '-display': ['none'],
    '-serial': [`file:${job}/console`],
    '-chardev': ['stdio,id=output,signal=off'],
    '-device': ['virtio-serial-pci', 'virtserialport,chardev=output'],
    '-virtfs': [
      share('host', userland.root, 'readonly=on,multidevs=remap'),
      ...userland.folders.map(({ tag, folder }) => share(tag, folder, 'readonly=on,multidevs=remap')),
      share('job', job),
      ...(out ? [share('out', out, 'multidevs=remap')] : []),
    ],
  };
  const words = Object.entries(options).flatMap(([name, values]) => values.flatMap((value) => [name, value]));
  return [...words, '-nodefaults', '-no-user-config', '-no-reboot'];
}

function share(tag: string, path: string, ...more: string[]): string {
  return ['local', `path=${path.replaceAll(',', ',,')}`, `mount_tag=${tag}`, 'security_model=none', ...more].join(',');
}
