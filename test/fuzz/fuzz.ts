import { isDeepStrictEqual } from 'node:util';
import { Ipvs, IpvsLibraryError, type Service, type ServiceKey } from '../../src/ipvs/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';
import { kernelOf } from '../support/netlink/kernel-of.ts';
import { MutatingTransport } from './mutating-transport.ts';
import { all, noticeable } from './mutations.ts';
import { Random } from './random.ts';
import { type RecordedAnswers, RecordedTransport, recordedAnswers } from './recorded-transport.ts';

/** What a run counted. */
export interface FuzzCounts {
  rounds: number;
  /** Datagrams that were changed. */
  mutated: number;
  resolved: number;
  rejected: number;
}

/** An outcome that must not be; the round can be run again by its seed. */
export class FuzzFailure extends Error {}

interface Attempt {
  readonly name: string;
  readonly call: Promise<unknown>;
  /** Whether the table is as it must be when the call resolved. */
  readonly holds: (table: ReadonlySet<string>) => boolean;
}

const ROUNDS_PER_KERNEL = 64;
const noticeableMutations = Object.values(noticeable);
const allMutations = Object.values(all);

/**
 * Lets clients talk to kernels whose answers are changed on the way, until it is time.
 * @param isTime asked after each round
 * @throws FuzzFailure for an outcome that is neither a value nor an error of the package, or a false success
 */
export async function fuzz(seed: number, isTime: (counts: FuzzCounts) => boolean): Promise<FuzzCounts> {
  const counts: FuzzCounts = { rounds: 0, mutated: 0, resolved: 0, rejected: 0 };
  const answers = [true, false].map(recordedAnswers);
  for (let number = seed; ; number++) {
    const random = new Random(number);
    try {
      if (random.below(3) > 0) await overRecordings(random, random.pick(answers), counts);
      else await overFakeKernel(random, counts, random.below(2) === 0);
    } catch (error) {
      throw new FuzzFailure(`seed ${number}: ${error instanceof FuzzFailure ? error.message : String(error)}`, {
        cause: error,
      });
    }
    if (isTime(counts)) return counts;
  }
}

/** Every outcome must be a value or an error of the package. */
async function settle(
  calls: readonly Promise<unknown>[],
  counts: FuzzCounts,
): Promise<PromiseSettledResult<unknown>[]> {
  const results = await Promise.allSettled(calls);
  for (const result of results) {
    if (result.status === 'fulfilled') counts.resolved++;
    else {
      counts.rejected++;
      if (!(result.reason instanceof IpvsLibraryError))
        throw new FuzzFailure(`rejected with ${String(result.reason)}`, { cause: result.reason });
    }
  }
  return results;
}

async function overRecordings(random: Random, answers: RecordedAnswers, counts: FuzzCounts) {
  const transport = new MutatingTransport(new RecordedTransport(random, answers), random);
  const ipvs = await Ipvs.open({ kernel: kernelOf(transport) });
  transport.mutations = allMutations;
  transport.losesDatagrams = true;
  transport.on = true;
  const service = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
  for (let round = 0; round < ROUNDS_PER_KERNEL; round++) {
    const calls = [
      () => ipvs.services(),
      () => ipvs.service(service),
      () => ipvs.destinations(service),
      () => ipvs.daemons(),
      () => ipvs.timeouts(),
      () => ipvs.info(),
      () => ipvs.patchService(service, { scheduler: 'rr' }),
      () => ipvs.patchDestination(service, { address: '192.0.2.20', port: 80 }, { weight: 2 }),
      () => walk(ipvs),
    ];
    await settle(
      Array.from({ length: 1 + random.below(32) }, () => random.pick(calls)()),
      counts,
    );
    counts.rounds++;
  }
  counts.mutated += transport.mutated;
  await ipvs.close();
}

async function walk(ipvs: Ipvs): Promise<number> {
  let entries = 0;
  for await (const { destinations } of ipvs.table()) entries += destinations.length;
  return entries;
}

async function overFakeKernel(random: Random, counts: FuzzCounts, telling: boolean) {
  const kernel = new FakeKernel({ littleEndian: random.below(2) === 0 });
  const witness = await Ipvs.open({ kernel });
  const transport = new MutatingTransport(kernel.connect(), random);
  const ipvs = await Ipvs.open({ kernel: kernelOf(transport) });
  transport.mutations = telling ? noticeableMutations : allMutations;
  transport.losesDatagrams = !telling;
  let next = 0;
  let present: Service[] = [];
  for (let round = 0; round < ROUNDS_PER_KERNEL; round++) {
    transport.on = true;
    const untouched = [...present];
    const attempts = Array.from({ length: 1 + random.below(5) }, () =>
      attempt(ipvs, random, untouched, () => serviceKey(next++)),
    );
    const results = await settle(
      attempts.map(({ call }) => call),
      counts,
    );
    const [listed] = await settle([ipvs.services()], counts);
    transport.on = false;
    present = await witness.services();
    if (telling) {
      const table = new Set(present.map(identify));
      results.forEach(({ status }, i) => {
        if (status === 'fulfilled' && !attempts[i]?.holds(table))
          throw new FuzzFailure(`a write resolved that was not carried out: ${attempts[i]?.name}`);
      });
      if (listed?.status === 'fulfilled' && !isDeepStrictEqual(listed.value, present))
        throw new FuzzFailure('a listing resolved that is not the table');
      if (!isDeepStrictEqual(await ipvs.services(), present))
        throw new FuzzFailure('the socket is of no use afterwards');
    }
    counts.rounds++;
  }
  counts.mutated += transport.mutated;
  await Promise.all([ipvs.close(), witness.close()]);
}

/** One write, which may be one that the kernel must refuse. */
function attempt(
  ipvs: Ipvs,
  random: Random,
  untouched: Service[],
  fresh: () => ServiceKey & { port: number },
): Attempt {
  // Each entry is taken once, so that the writes of a round do not meet.
  const many = untouched.length > 8;
  const [existing] = untouched.splice(random.below(untouched.length), 1);
  const key = fresh();
  switch (existing && many ? 5 : random.below(existing ? 6 : 2)) {
    case 0:
      return {
        name: 'add with an unknown scheduler',
        call: ipvs.addService({ ...key, scheduler: 'nosuch' } as never),
        holds: () => false,
      };
    case 1:
    case 2:
      return { name: 'add', call: ipvs.addService(key as never), holds: (table) => table.has(identify(key)) };
    case 3:
      return { name: 'add again', call: ipvs.addService(existing as never), holds: () => false };
    case 4:
      return { name: 'remove what is absent', call: ipvs.removeService(key), holds: () => false };
    default:
      return existing && many
        ? { name: 'remove', call: ipvs.removeService(existing), holds: (table) => !table.has(identify(existing)) }
        : { name: 'patch', call: ipvs.patchService(existing as Service, { scheduler: 'rr' }), holds: () => true };
  }
}

function serviceKey(number: number) {
  return { protocol: 'tcp', address: `192.0.2.${1 + (number >> 15)}`, port: 1 + (number & 0x7fff) } as const;
}

function identify(key: ServiceKey): string {
  return `${key.protocol} ${key.address} ${key.port}`;
}
