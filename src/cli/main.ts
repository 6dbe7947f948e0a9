#!/usr/bin/env node
import { Interruption, status } from './failure.ts';
import { complain } from './io.ts';
import { run } from './run.ts';

const { stdin, stdout, stderr } = process;
const interrupt = new AbortController();
const unread = new AbortController();

stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads the output may stop reading (`ipvs -Ln | head`): that is no failure, but nothing more is wanted.
  if (error.code === 'EPIPE') return unread.abort(new Interruption('EPIPE', 0));
  complain({ stderr }, `cannot write to standard output: ${error.message}`);
  process.exitCode = status.input;
  interrupt.abort(new Interruption(String(error.code), status.input));
});
// Nobody can be told, and what is under way is to be finished: a restore most of all.
stderr.on('error', () => {});

function listenForInterrupt(): AbortSignal {
  const take = (name: string, number: number) => {
    // Without a listener, a second signal of either name ends the process.
    process.off('SIGINT', take).off('SIGTERM', take);
    interrupt.abort(new Interruption(name, 128 + number));
  };
  process.on('SIGINT', take).on('SIGTERM', take);
  return interrupt.signal;
}

const code = await run(process.argv.slice(2), {
  ...{ stdin, stdout, stderr, listenForInterrupt },
  unread: unread.signal,
});
process.exitCode ||= code;
