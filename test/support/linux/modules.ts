import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

/** Unloads IPVS with all its modules, as soon as the namespaces of earlier cases are gone. */
export function unloadIpvs(): void {
  const modules = () => readdirSync('/sys/module').filter((name) => name.startsWith('ip_vs'));
  for (let attempt = 0; attempt < 100 && modules().length > 0; attempt++) {
    // The schedulers first: they hold ip_vs itself.
    for (const name of modules().sort().reverse()) {
      try {
        execFileSync('rmmod', [name], { stdio: 'ignore' });
      } catch {
        // Still in use; the next attempt may find it free.
      }
    }
  }
  if (modules().length > 0) throw new Error(`${modules().join(', ')} cannot be unloaded`);
}
