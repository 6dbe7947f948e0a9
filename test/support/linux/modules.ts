import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** Unloads IPVS with all its modules. */
export async function unloadIpvs(): Promise<void> {
  const modules = () => readdirSync('/sys/module').filter((name) => name.startsWith('ip_vs'));
  for (let attempt = 0; modules().length > 0; attempt++) {
    if (attempt === 100) throw new Error(`Still loaded: ${modules().join(', ')}`);
    // The schedulers first: they hold ip_vs itself.
    for (const name of modules().sort().reverse()) {
      try {
        execFileSync('rmmod', [name], { stdio: 'ignore' });
      } catch {
        // Still in use; the next attempt may find it free.
      }
    }
    await setTimeout(20);
  }
}

export function loadIpvs(): void {
  execFileSync('modprobe', ['ip_vs']);
}
