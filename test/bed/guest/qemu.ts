import type { Kernel } from '../kernels/kernels.ts';

/** The machine to emulate, and the host's folders it sees. */
export type Machine = { kernel: Kernel; initramfs: string; job: string; out?: string; memory: number; smp: number };

/**
 * Two emulated processors share one thread by default: in parallel, qemu 7.2 now and then runs an instruction that the
 * kernel has already patched, and the kernel oopses ("int3"). A /dev/kvm that opens need not work, so it takes asking for.
 *
 * The words after `qemu-system-x86_64`: the command's output is qemu's stdout, the kernel's console a file of the job.
 */
export function qemuArguments({ kernel, initramfs, job, out, memory, smp }: Machine): string[] {
  const options = {
    '-M': ['q35'],
    '-accel': [process.env['IPVS_QEMU_ACCEL'] || 'tcg,thread=single'],
    '-cpu': ['max,la57=off'], // a fifth level of page tables makes every emulated walk longer
    '-smp': [`${smp}`],
    '-m': [`${memory}`],
    '-kernel': [kernel.image],
    '-initrd': [initramfs],
    '-append': ['console=ttyS0 quiet panic=-1 oops=panic mitigations=off rdinit=/init'],
    '-display': ['none'],
    '-serial': [`file:${job}/console`],
    '-chardev': ['stdio,id=output,signal=off'],
    '-device': ['virtio-serial-pci', 'virtserialport,chardev=output'],
    '-virtfs': [
      share('host', '/', 'readonly=on,multidevs=remap'),
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
