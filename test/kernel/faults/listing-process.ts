import { Ipvs } from '../../../src/ipvs/index.ts';

/** A process of its own that lists the services, and prints how many there are or why it cannot. */
await using ipvs = await Ipvs.open();
const found = await ipvs.services().catch((error: Error & { reason?: string; code?: string }) => error);
console.log(
  JSON.stringify(
    found instanceof Error
      ? { reason: found.reason, code: found.code, message: found.message }
      : { services: found.length },
  ),
);
