import { readFileSync } from 'node:fs';
import { find, run } from '../commands.ts';

/** What a bed needs on this machine, and the Debian package that brings it. */
const needs: Record<string, string> = {
  'qemu-system-x86_64': 'qemu-system-x86',
  busybox: 'busybox-static',
  depmod: 'kmod',
  cpio: 'cpio',
  xz: 'xz-utils',
  zstd: 'zstd',
  ip: 'iproute2',
  socat: 'socat',
  curl: 'curl',
  'iptables-legacy-restore': 'iptables',
  ethtool: 'ethtool',
  python3: 'python3',
  ipvsadm: 'ipvsadm',
  conntrack: 'conntrack',
  nft: 'nftables',
  tcpdump: 'tcpdump',
  tmux: 'tmux',
  prometheus: 'prometheus',
  'prometheus-node-exporter': 'prometheus-node-exporter',
  keepalived: 'keepalived',
  strace: 'strace',
  taskset: 'util-linux',
  'systemd-analyze': 'systemd',
  '/usr/share/keyrings/debian-archive-keyring.gpg': 'debian-archive-keyring',
};

/** Makes sure that the host has every tool; as root on Debian or Ubuntu it installs the missing ones. */
export async function ensurePackages(): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `The test bed boots x86-64 kernels over a Linux machine's own files; this is ${process.platform} on ${process.arch}.`,
    );
  }
  await ensureTools(needs);
}

/**
 * Makes sure that the machine has some tools; as root on Debian or Ubuntu it installs the missing ones.
 * @param tools the Debian package of each
 */
export async function ensureTools(tools: Readonly<Record<string, string>>): Promise<void> {
  const missing = missingOf(tools);
  if (missing.length === 0) return;
  const packages = missing.map((tool) => tools[tool] ?? tool);
  const install = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (!isDebianLike()) throw new Error(`The tests need these on this machine: ${missing.join(', ')}.`);
  if (process.getuid?.() !== 0) throw new Error(`The tests need more packages; as root, run: ${install}`);
  await installPackages(install.split(' '));
  const still = missingOf(tools);
  if (still.length > 0) throw new Error(`Still missing after ${install}: ${still.join(', ')}.`);
}

function missingOf(tools: Readonly<Record<string, string>>): string[] {
  return Object.keys(tools).filter((tool) => !find(tool));
}

/** Another bed may be installing at the moment. */
const WAIT = ['-o', 'DPkg::Lock::Timeout=600'];

async function installPackages([aptGet = 'apt-get', ...args]: string[]): Promise<void> {
  console.error(`Installing: ${args.slice(3).join(' ')}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = [...WAIT, ...args];
  await run(aptGet, install, { env }).catch(async () => {
    await run(aptGet, [...WAIT, 'update'], { env }); // fresh machines carry no package lists, old ones stale ones
    await run(aptGet, install, { env });
  });
}

/** Whether a line of /etc/os-release says that this machine is Debian or made of it. */
export function isDebianLike(): boolean {
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));
}
