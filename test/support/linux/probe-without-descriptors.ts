import { closeSync, openSync } from 'node:fs';
import { commandProbe } from '../../../src/health/index.ts';

/** Tries a server with a command while no file can be opened, and again when one can; prints the first failure and `well`. */
const taken: number[] = [];
try {
  for (;;) taken.push(openSync('/dev/null', 'r'));
} catch {
  // EMFILE: no descriptor is left.
}
const probe = () => commandProbe('true')({ address: '192.0.2.1', port: 80 }, { signal: new AbortController().signal });
const refused = await probe().catch((error: unknown) => error);
for (const fd of taken) closeSync(fd);
await probe();
console.log(JSON.stringify({ message: (refused as Error).message, well: true }));
