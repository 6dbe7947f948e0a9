import { Ipvs } from '../../../src/ipvs/index.ts';

/**
 * A process of its own that adds the TCP services of 192.0.2.10 on the ports from 1 on, all calls made at once, and writes to standard output
 * the port of each that was added. `exit` ends it in the middle of its calls; with `hoard` it takes more and more memory.
 */
const COUNT = 20_000;
const [mode] = process.argv.slice(2);
const ipvs = await Ipvs.open();
const hoard: Buffer[] = [];

for (let port = 1; port <= COUNT; port++)
  ipvs.addService({ protocol: 'tcp', address: '192.0.2.10', port }).then(() => {
    process.stdout.write(`${port}\n`);
    if (mode === 'exit' && port === 100) process.exit();
    if (mode === 'hoard') hoard.push(Buffer.alloc(1 << 20, 1));
  });
