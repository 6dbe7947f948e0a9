import { readFileSync } from 'node:fs';
import { type Architecture, ownArchitecture } from '../architectures.ts';
import { find, run } from '../commands.ts';

/** What it takes to build a guest, and the Debian package that brings it. */
const buildTools: Record<string, string> = {
  depmod: 'kmod',
  cpio: 'cpio',
  xz: 'xz-utils',
  zstd: 'zstd',
  '/usr/share/keyrings/debian-archive-keyring.gpg': 'debian-archive-keyring',
};

/** What runs in a guest, and the Debian package that brings it. */
export const guestTools: Readonly<Record<string, string>> = {
  busybox: 'busybox-static',
  modprobe: 'kmod',
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
};

/**
 * Makes sure that the host has every tool that guests of an architecture take; as root on Debian or Ubuntu it installs the
 * missing ones. Those of its own architecture run the machine's own files.
 */
export async function ensurePackages(architecture: Architecture): Promise<void> {
  if (process.platform !== 'linux') throw new Error(`The test bed runs on Linux; this is ${process.platform}.`);
  const { command, package: emulator } = architecture.qemu;
  await ensureTools({
    [command]: emulator,
    ...buildTools,
    ...(architecture === ownArchitecture ? guestTools : {}),
  });
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
