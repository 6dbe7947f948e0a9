import { readdirSync, readlinkSync } from 'node:fs';
import koffi from 'koffi';
import { Ipvs, IpvsLibraryError } from '../../../../src/ipvs/index.ts';
import type { Life } from '../life.ts';
import { writeUncertainly } from './uncertain.ts';

const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
/** At most so many calls with an answer before the writes, and after. */
const READS = 50;

/** Calls whose answers do not fit into the receive buffer, which somebody has made as small as can be. */
export async function overrun(life: Life): Promise<void> {
  const before = sockets();
  await using ipvs = await Ipvs.open();
  for (const [fd, target] of sockets()) if (before.get(fd) !== target) shrink(fd);
  const read = () => Promise.allSettled(Array.from({ length: life.random.below(READS) }, () => ipvs.info()));
  const reads = [read()];
  await writeUncertainly(life, 'overrun', ipvs, () => {
    reads.push(read());
  });
  for (const result of (await Promise.all(reads)).flat()) {
    if (result.status === 'fulfilled') continue;
    const { reason } = result;
    if (!(reason instanceof IpvsLibraryError && reason.code === 'ERR_NETLINK_OVERRUN'))
      life.fault(`overrun: ${reason}`);
    life.count('overrun: reads rejected');
  }
}

function sockets(): Map<number, string> {
  const all = new Map<number, string>();
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      if (target.startsWith('socket:')) all.set(Number(fd), target);
    } catch {
      // The folder's own descriptor is closed by now.
    }
  }
  return all;
}

const setsockopt = koffi.load(null).func('int setsockopt(int, int, int, const int *, uint)');

function shrink(fd: number): void {
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, [1], 4) !== 0)
    throw new Error(`setsockopt failed with errno ${koffi.errno()}`);
}
