import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { release } from 'node:os';
import koffi from 'koffi';

const CLONE_NEWNET = 0x40000000;
const libc = koffi.load(null);
const unshare = libc.func('unshare', 'int', ['int']);
const setns = libc.func('setns', 'int', ['int', 'int']);

/** The network of the contract's bed, as a batch of `ip`. */
export const network = `
link set lo up
link add d0 type dummy
addr add 192.0.2.1/24 brd + dev d0
addr add 2001:db8::1/64 dev d0 nodad
link set d0 up
route add default via 192.0.2.2
link add d1 type dummy
`;

/** Moves this thread, and what it starts and opens from now on, into a network namespace of its own with a network. */
export function enterFreshNamespace(): void {
  enterBareNamespace();
  execFileSync('ip', ['-batch', '-'], { input: network });
}

/** The same without a network: not even `lo` was ever up. */
export function enterBareNamespace(): void {
  // The module of 5.10 has no alias by which the kernel would find it.
  if (release().startsWith('5.')) execFileSync('modprobe', ['ip_vs']);
  loadIpv6();
  if (unshare(CLONE_NEWNET) !== 0) throw new Error(`unshare(CLONE_NEWNET) failed with errno ${koffi.errno()}`);
}

/** User-mode Linux does not load it by itself; others have it built in. */
export function loadIpv6(): void {
  if (!existsSync('/proc/net/if_inet6')) execFileSync('modprobe', ['ipv6']);
}

/**
 * Runs an action in a named network namespace: sockets that it makes stay there. Other work of this thread that comes in
 * between is there as well.
 */
export async function inNamespace<T>(name: string, act: () => Promise<T>): Promise<T> {
  const home = openSync('/proc/thread-self/ns/net', 'r');
  const there = openSync(`/run/netns/${name}`, 'r');
  try {
    enter(there);
    return await act();
  } finally {
    enter(home);
    closeSync(there);
    closeSync(home);
  }
}

function enter(namespace: number): void {
  if (setns(namespace, CLONE_NEWNET) !== 0) throw new Error(`setns() failed with errno ${koffi.errno()}`);
}
