import { test } from 'vitest';
import { Conntrack } from '../../src/conntrack/index.ts';
import { Ipvs } from '../../src/ipvs/index.ts';
import { FAMILY } from '../../src/ipvs/wire/commands.ts';
import { Family, type Kernel, Socket } from '../../src/netlink/index.ts';
import { Rtnetlink } from '../../src/rtnetlink/index.ts';
import type { FlowSpec } from '../../src/testing/index.ts';

/** Something that behaves like a Linux kernel with an empty IPVS: a real one, a recording of one, a simulated one. */
export interface Bed {
  /** The kernel version that it is, or behaves like. */
  readonly kernel: string;
  /**
   * Connects one case to an IPVS of its own, in a network with `lo` and `d0` (192.0.2.1/24, 2001:db8::1/64, the default
   * route) up, and `d1` down.
   */
  connect(name: string): Promise<Connection>;
}

/** A way to a kernel, and what must be true when a case is done with it. */
export interface Connection {
  readonly source: Kernel;
  /** Puts an entry into the connection tracking table; where it is a recording that plays, nothing is left to do. */
  addFlow?(flow: FlowSpec): void;
  end(): Promise<void>;
}

/** Declares one case of the contract. Its name is that of its recording. */
export function contractCase(bed: Bed, name: string, run: (ipvs: Ipvs) => Promise<void>): void {
  test(name, async () => {
    const { source, end } = await bed.connect(name);
    const ipvs = await Ipvs.open({ kernel: source });
    try {
      await run(ipvs);
    } finally {
      await ipvs.close();
    }
    await end();
  });
}

/** Declares a case that speaks to the family itself, beneath what {@link Ipvs} would refuse to send. */
export function familyCase(bed: Bed, name: string, run: (family: Family) => Promise<void>): void {
  test(name, async () => {
    const { source, end } = await bed.connect(name);
    const socket = new Socket(await source.openNetlink('generic'));
    try {
      await run(await Family.resolve(socket, FAMILY));
    } finally {
      await socket.close();
    }
    await end();
  });
}

/** Declares a case on links and addresses. */
export function rtnetlinkCase(bed: Bed, name: string, run: (rtnetlink: Rtnetlink) => Promise<void>): void {
  test(name, async () => {
    const { source, end } = await bed.connect(`rtnetlink/${name}`);
    {
      await using rtnetlink = await Rtnetlink.open({ kernel: source });
      await run(rtnetlink);
    }
    await end();
  });
}

/** Declares a case on the connection tracking table, which holds these entries. */
export function conntrackCase(
  bed: Bed,
  name: string,
  flows: readonly FlowSpec[],
  run: (conntrack: Conntrack) => Promise<void>,
): void {
  test(name, async () => {
    const { source, addFlow, end } = await bed.connect(`conntrack/${name}`);
    {
      await using conntrack = await Conntrack.open({ kernel: source });
      for (const flow of flows) addFlow?.(flow);
      await run(conntrack);
    }
    await end();
  });
}
