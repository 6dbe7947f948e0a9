import { readdirSync, readlinkSync } from 'node:fs';

/** What this process's open sockets and namespaces are, to see that nothing was left open. */
export function openDescriptors(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return /^(socket|net):/.test(target) ? [target] : [];
    } catch {
      return [];
    }
  });
}
