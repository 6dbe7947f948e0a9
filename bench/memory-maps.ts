import { readFileSync } from 'node:fs';

const MAPS = 1_000_000;

/** User-mode Linux maps each page of its processes by itself, and ends the process that has more than the machine allows. */
export function requireMemoryMaps(): void {
  const allowed = Number(readFileSync('/proc/sys/vm/max_map_count', 'utf8'));
  if (allowed < MAPS)
    throw new Error(`Programs with much memory need more maps in user-mode Linux: run sysctl vm.max_map_count=${MAPS}`);
}
