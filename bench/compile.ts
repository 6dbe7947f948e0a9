import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Compiles one of the C programs in bench/native. */
export function compile(name: string): string {
  const program = join(mkdtempSync(join(tmpdir(), 'ipvs-bench-')), name);
  execFileSync('cc', ['-O2', '-o', program, join(import.meta.dirname, 'native', `${name}.c`)]);
  return program;
}
