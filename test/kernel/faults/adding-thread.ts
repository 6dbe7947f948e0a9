import { parentPort, workerData } from 'node:worker_threads';
import { Ipvs } from '../../../src/ipvs/index.ts';

/** A thread of its own that adds TCP services of 192.0.2.10 on the ports that it is given, and tells how many there are then. */
const { from, count }: { from: number; count: number } = workerData;
await using ipvs = await Ipvs.open();
const ports = Array.from({ length: count }, (_, i) => from + i);
await Promise.all(ports.map((port) => ipvs.addService({ protocol: 'tcp', address: '192.0.2.10', port })));
const own = (await ipvs.services()).filter(({ port = 0 }) => port >= from && port < from + count);
parentPort?.postMessage(own.length);
