import { test } from 'vitest';
import type { Ipvs } from '../../src/ipvs/index.ts';

/** Something that behaves like a Linux kernel with an empty IPVS: a real one, a recording of one, a simulated one. */
export interface Bed {
  /** The kernel version that it is, or behaves like. */
  readonly kernel: string;
  /** Opens an IPVS of its own for one case, with `lo` and a dummy interface `d0` (192.0.2.1/24, 2001:db8::1/64) up. */
  open(name: string): Promise<Session>;
}

/** An open IPVS, and what must be true when a case is done with it. */
export interface Session {
  readonly ipvs: Ipvs;
  end(): Promise<void>;
}

/** Declares one case of the contract. Its name is that of its recording. */
export function contractCase(bed: Bed, name: string, run: (ipvs: Ipvs) => Promise<void>): void {
  test(name, async () => {
    const { ipvs, end } = await bed.open(name);
    try {
      await run(ipvs);
    } finally {
      await ipvs.close();
    }
    await end();
  });
}
