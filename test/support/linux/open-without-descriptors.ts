import { closeSync, openSync } from 'node:fs';
import { kernelTransport } from '../../../src/netlink/index.ts';

/** Opens a socket while no file can be opened, and again when one can; prints the code of the failure and `opened`. */
const taken: number[] = [];
try {
  for (;;) taken.push(openSync('/dev/null', 'r'));
} catch {
  // EMFILE: no descriptor is left.
}
const refused = await kernelTransport().catch((error: unknown) => error);
for (const fd of taken) closeSync(fd);
const transport = await kernelTransport();
transport.close();
console.log(JSON.stringify({ message: (refused as Error).message, opened: true }));
