import { expect } from 'vitest';
import type { Flow } from '../../src/conntrack/index.ts';
import type { FlowSpec } from '../../src/testing/index.ts';
import { type Bed, conntrackCase } from './bed.ts';

/** A flow to a VIP that IPVS has sent to an endpoint, so that answers come from there. */
const dns: FlowSpec = {
  protocol: 'udp',
  original: { source: '10.244.1.9', destination: '10.96.0.10', sourcePort: 40000, destinationPort: 53 },
  reply: { source: '10.244.2.3', destination: '10.244.1.9', sourcePort: 8053, destinationPort: 40000 },
  timeout: 100,
};
const dns6: FlowSpec = {
  protocol: 'udp',
  original: { source: '2001:db8::9', destination: '2001:db8:96::10', sourcePort: 40000, destinationPort: 53 },
  reply: { source: '2001:db8:244::3', destination: '2001:db8::9', sourcePort: 8053, destinationPort: 40000 },
  mark: 0x4000,
};
const syslog: FlowSpec = {
  protocol: 'udp',
  original: { source: '10.244.1.9', destination: '10.96.0.11', sourcePort: 40001, destinationPort: 514 },
};
const zoned: FlowSpec = { ...syslog, zone: 7 };

/** A flow as it is listed. */
function listed({ protocol, original, reply, mark = 0, zone }: FlowSpec): Flow {
  return {
    protocol,
    original,
    reply: reply ?? {
      source: original.destination,
      destination: original.source,
      sourcePort: original.destinationPort,
      destinationPort: original.sourcePort,
    },
    timeout: expect.any(Number),
    mark,
    id: expect.any(Number),
    ...(zone !== undefined && { zone }),
  };
}

/** In the order of their destinations: the kernel's is that of a hash table. */
function sorted(flows: readonly Flow[]): Flow[] {
  const key = ({ original, zone = 0 }: Flow) => `${original.destination} ${zone}`;
  return flows.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

export function conntrackContract(bed: Bed): void {
  conntrackCase(bed, 'an empty table', [], async (conntrack) => {
    expect(await conntrack.flows()).toEqual([]);
  });

  conntrackCase(
    bed,
    'flows of both families, their replies, marks and zones',
    [dns, dns6, syslog, zoned],
    async (conntrack) => {
      const flows = sorted(await conntrack.flows());
      expect(flows).toEqual([dns, syslog, zoned, dns6].map(listed));
      for (const { timeout } of flows) expect(timeout).toBeGreaterThan(0);
      expect(new Set(flows.map(({ id }) => id)).size).toBe(4);
    },
  );

  conntrackCase(bed, 'flows by family, protocol and port', [dns, dns6, syslog], async (conntrack) => {
    const of = async (filter: Parameters<typeof conntrack.flows>[0]) => sorted(await conntrack.flows(filter));
    expect(await of({ family: 'inet6' })).toEqual([listed(dns6)]);
    expect(await of({ protocol: 'udp' })).toEqual([dns, syslog, dns6].map(listed));
    expect(await of({ protocol: 'tcp' })).toEqual([]);
    expect(await of({ protocol: 'udp', destinationPort: 53 })).toEqual([dns, dns6].map(listed));
    expect(await of({ family: 'inet', protocol: 'udp', destinationPort: 514 })).toEqual([listed(syslog)]);
  });

  conntrackCase(bed, 'a flow that was removed is gone, and no other', [dns, dns6, syslog, zoned], async (conntrack) => {
    const flows = sorted(await conntrack.flows());
    const [first, second] = flows;
    if (!first || !second) throw new Error('there are no flows');
    await conntrack.removeFlow(first);
    await conntrack.removeFlow({ protocol: 'udp', original: syslog.original, zone: 7 });
    await conntrack.removeFlow({ protocol: 'udp', original: dns6.original });
    expect(await conntrack.flows()).toEqual([listed(syslog)]);
    await expect(conntrack.removeFlow(first)).rejects.toMatchObject({
      name: 'ConntrackError',
      code: 'ENOENT',
      reason: 'no-such-flow',
      request: 'IPCTNL_MSG_CT_DELETE',
      message: 'Cannot remove udp flow 10.244.1.9:40000 to 10.96.0.10:53: no such flow (ENOENT)',
    });
    // A later flow of the same tuple has another id.
    const later = { ...second, id: (second.id + 1) >>> 0 };
    await expect(conntrack.removeFlow(later)).rejects.toMatchObject({ reason: 'no-such-flow' });
    await expect(conntrack.removeFlow({ protocol: 'tcp', original: syslog.original })).rejects.toMatchObject({
      reason: 'no-such-flow',
    });
    await conntrack.removeFlow(second);
    expect(await conntrack.flows()).toEqual([]);
  });
}
