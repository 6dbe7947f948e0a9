import { Ipvs, type ServiceKey } from '../../../src/ipvs/index.ts';

/**
 * A process of its own that changes the table of its network namespace as fast as it can: it adds destinations to the
 * services that it is given, and services beside them, and removes them again, until it is told to stop. What it says to the
 * process that started it is how much it has changed.
 */

/** How much is added at once, and then removed at once: to each of the services, and of services of its own. */
const EACH = 80;
/** After so many turns it is well under way. */
const UNDER_WAY = 10;

const services: ServiceKey[] = JSON.parse(process.argv[2] ?? '[]');
let [changes, stopped] = [0, false];

process.once('message', () => {
  stopped = true;
});
process.once('disconnect', () => process.exit());

const ipvs = await Ipvs.open();
for (let turn = 0; !stopped; turn++) {
  const numbers = Array.from({ length: EACH }, (_, i) => (turn * EACH + i) % 60_000);
  await count(numbers.flatMap(add));
  await count(numbers.flatMap(remove));
  if (turn === UNDER_WAY) process.send?.(changes);
}
await ipvs.close();
process.send?.(changes, () => process.disconnect());

function add(number: number): Promise<void>[] {
  return [
    ipvs.addService(service(number)),
    ipvs.addDestination(service(number), destination(number)),
    ...services.map((each) => ipvs.addDestination(each, destination(number))),
  ];
}

function remove(number: number): Promise<void>[] {
  return [
    ipvs.removeService(service(number)),
    ...services.map((each) => ipvs.removeDestination(each, destination(number))),
  ];
}

async function count(made: readonly Promise<void>[]): Promise<void> {
  changes += (await Promise.all(made)).length;
}

function service(number: number) {
  return { protocol: 'udp', address: `10.1.${number >> 8}.${number & 255}`, port: 53 } as const;
}

function destination(number: number) {
  return { address: `10.2.${number >> 8}.${number & 255}`, port: 80 };
}
