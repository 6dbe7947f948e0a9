// Makes tables, each in the namespace it is told of, for as long as it is asked to: `SERVICES DESTINATIONS_EACH NAMESPACE measured`
// a line on standard input, or `unmeasured`. Says `done` after each.

import { createInterface } from 'node:readline';
import { Ipvs } from 'ipvs';
import { measured, table } from './table.ts';

for await (const line of createInterface({ input: process.stdin })) {
  const [services, each, netns, manner] = line.split(' ');
  const shape = { services: Number(services), each: Number(each) };
  await using ipvs = await Ipvs.open({ netns });
  await table(ipvs, shape, manner === 'measured' ? measured : (_, run) => run());
  console.log('done');
}
