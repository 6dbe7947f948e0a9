import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { kernelTransport } from '../../../src/netlink/index.ts';

/** Waits 200 ms for an answer that does not come, interrupted every 20 ms for three seconds; prints how long it has waited. */
const transport = await kernelTransport({ timeout: 200 });
process.on('SIGUSR2', () => {});
const command = `for i in $(seq 150); do kill -USR2 ${process.pid} || exit; sleep 0.02; done`;
const interrupter = spawn('sh', ['-c', command], { stdio: 'ignore' });
await once(process, 'SIGUSR2');
const begun = performance.now();
try {
  transport.receive(new Uint8Array(16));
} catch {
  console.log(performance.now() - begun);
}
interrupter.kill();
transport.close();
