import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { Conntrack, type Flow } from '../../../src/conntrack/index.ts';
import { addFlow } from '../../support/linux/conntrack.ts';
import { sendDatagram } from '../../support/linux/datagram.ts';
import { enterFreshNamespace } from '../../support/linux/namespace.ts';

/** A line of `conntrack -L -o id`: a flow, but for the seconds it has left. */
function parseLine(line: string): Omit<Flow, 'timeout'> {
  const [protocol = ''] = line.split(' ');
  const values = [...line.matchAll(/(\w+)=(\S+)/g)].map(([, name, value = '']) => [name, value] as const);
  const all = (wanted: string) => values.filter(([name]) => name === wanted).map(([, value]) => value);
  const tuple = (i: number) => ({
    source: all('src')[i] ?? '',
    destination: all('dst')[i] ?? '',
    ...(all('sport')[i] !== undefined && {
      sourcePort: Number(all('sport')[i]),
      destinationPort: Number(all('dport')[i]),
    }),
  });
  const [zone] = all('zone');
  return {
    protocol: protocol as Flow['protocol'],
    original: tuple(0),
    reply: tuple(1),
    mark: Number(all('mark')[0]),
    id: Number(all('id')[0]),
    ...(zone !== undefined && { zone: Number(zone) }),
  };
}

/** What conntrack(8) lists of a family, by id. */
function printed(...words: string[]): Omit<Flow, 'timeout'>[] {
  const options = { encoding: 'utf8', stdio: 'pipe' } as const;
  const lines = execFileSync('conntrack', ['-L', '-o', 'id', ...words], options).split('\n');
  return lines
    .filter((line) => line !== '')
    .map(parseLine)
    .sort(byId);
}

function listed(flows: readonly Flow[]): Omit<Flow, 'timeout'>[] {
  return flows.map(({ timeout: _, ...flow }) => flow).sort(byId);
}

const byId = (a: { id: number }, b: { id: number }) => a.id - b.id;

/** The connection tracking table as conntrack(8) has it. */
export function conntrackTests(): void {
  describe('ctnetlink', () => {
    test('flows are what conntrack(8) lists, and it misses those that were removed', async () => {
      enterFreshNamespace();
      // Packets are tracked where a rule asks for it.
      execFileSync('nft', ['-f', '-'], {
        input: 'table inet t { chain c { type filter hook output priority 0; ct state new counter; }; }',
      });
      for (let port = 5000; port < 5020; port++) sendDatagram('192.0.2.77', port, Buffer.from('x'));
      for (let port = 5000; port < 5005; port++) sendDatagram('2001:db8::77', port, Buffer.from('x'));
      const original = { source: '10.0.0.1', destination: '10.96.0.10', sourcePort: 1, destinationPort: 80 };
      addFlow({ protocol: 'udp', original, zone: 9, mark: 77 });
      addFlow({ protocol: 'tcp', original });
      await using conntrack = await Conntrack.open();

      const inet = listed(await conntrack.flows({ family: 'inet' }));
      expect(inet.length).toBeGreaterThan(20);
      expect(inet).toEqual(printed('-f', 'ipv4'));
      expect(listed(await conntrack.flows({ family: 'inet6', protocol: 'udp' }))).toEqual(
        printed('-f', 'ipv6', '-p', 'udp'),
      );

      const gone = await conntrack.flows({ protocol: 'udp', destinationPort: 5003 });
      expect(gone).toHaveLength(2);
      await Promise.all(gone.map((flow) => conntrack.removeFlow(flow)));
      expect(printed('-f', 'ipv4')).toEqual(listed(await conntrack.flows({ family: 'inet' })));
      expect(printed('-f', 'ipv4')).toHaveLength(inet.length - 1);
      expect(printed('-f', 'ipv4', '-p', 'udp', '--orig-port-dst', '5003')).toEqual([]);
    });
  });
}
