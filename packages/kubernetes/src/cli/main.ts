#!/usr/bin/env node
import { text } from 'node:stream/consumers';
import { run } from './run.ts';

// Whoever reads the output may stop reading (`ipvs-kubernetes plan … | head`): that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await run(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  readStdin: () => text(process.stdin),
});
