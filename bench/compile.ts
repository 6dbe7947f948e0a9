import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Compiles one of the C programs in bench/native. */
export function compile(name: string, options: readonly string[] = []): string {
  const program = join(mkdtempSync(join(tmpdir(), 'ipvs-bench-')), name);
  execFileSync('cc', ['-O2', ...options, '-o', program, join(import.meta.dirname, 'native', `${name}.c`)]);
  return program;
}
