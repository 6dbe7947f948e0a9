import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Ipvs } from '../../../src/ipvs/index.ts';
import { program } from '../../support/built.ts';
import { ipvsadm } from '../../support/ipvsadm/ipvsadm.ts';
import { sendDatagram } from '../../support/linux/datagram.ts';
import { freezeEstimates } from '../../support/linux/estimates.ts';
import { enterFreshNamespace } from '../../support/linux/namespace.ts';
import { Terminal } from '../../support/terminal.ts';

const web = { protocol: 'tcp', address: '192.0.2.1', port: 80 } as const;
const server = { address: '192.0.2.1', port: 5001 };
const USED = '192.0.2.1:80 192.0.2.1:5001';

/** So many that some are counted each second, however few of them one turn of the estimator sees. */
const ESTABLISHED = 40;

/** The idle destination has the weight 0, and gets none of the connections. */
const rules = `
-A -t 192.0.2.1:80 -s wrr
-a -t 192.0.2.1:80 -r 192.0.2.1:5001 -m -w 3
-a -t 192.0.2.1:80 -r 192.0.2.1:5002 -m -w 0
-A -u 192.0.2.14:53 -s rr
-a -u 192.0.2.14:53 -r 192.0.2.30:53 -g -w 5
`.trimStart();

/** The command `ipvs top` on a terminal, with ipvsadm as the judge of what it shows. */
export function topTests(): void {
  describe('top', () => {
    test('shows the traffic of the kernel as ipvsadm tells of it, and gives the terminal back', async () => {
      enterFreshNamespace();
      ipvsadm(['-R'], rules);
      await using ipvs = await Ipvs.open();
      const terminal = await Terminal.open({ columns: 130 });
      onTestFinished(() => terminal.close());
      const settings = await terminal.settings();
      terminal.enter(`node ${program('ipvs')} top --interval 0.5; echo status $?`);
      const idle = await terminal.screenWith(/q quit/);
      expect(idle[0]).toBe('2 services, 3 destinations; in all 0 connections/s, 0 B/s in, 0 B/s out');
      expect(shownOn(idle)).toEqual(listedByIpvsadm());

      const clients = await establish();
      await passTraffic(ipvs, clients);
      const busy = await sameAsIpvsadm(terminal);
      expect(Object.keys(busy)).toHaveLength(5);
      expect(busy[USED]?.slice(0, 3)).toEqual(['3', String(ESTABLISHED), '0']);
      expect(busy[USED]?.slice(3)).not.toContain('0');
      const { connectionsPerSecond, incomingBytesPerSecond, outgoingBytesPerSecond } = await ipvs.statistics();
      expect(terminal.screen[0]).toBe(
        `2 services, 3 destinations; in all ${connectionsPerSecond} connections/s, ${incomingBytesPerSecond} B/s in, ${outgoingBytesPerSecond} B/s out`,
      );

      for (const client of clients) client.end();
      await Promise.all(clients.map((client) => once(client, 'close')));
      expect((await sameAsIpvsadm(terminal))[USED]?.slice(0, 3)).toEqual(['3', '0', String(ESTABLISHED)]);

      expect(terminal.modes).toEqual({ alternate: true, cursor: false });
      terminal.press('C-c');
      const after = (await terminal.screenWith(/^status \d/m)).join('\n');
      expect(after).toContain('status 130');
      expect(after).not.toContain('q quit');
      expect(terminal.modes).toEqual({ alternate: false, cursor: true });
      expect(await terminal.settings()).toBe(settings);
    });
  });
}

/** Connections to the web service that stay. */
async function establish(): Promise<Socket[]> {
  const echo = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(server.port, server.address);
  onTestFinished(() => {
    echo.close();
  });
  await once(echo, 'listening');
  const clients = Array.from({ length: ESTABLISHED }, () => connect(web.port, web.address));
  onTestFinished(() => {
    for (const client of clients) client.destroy();
  });
  await Promise.all(clients.map((client) => once(client, 'connect')));
  return clients;
}

/** Bytes to and fro until the kernel's estimator has seen some of everything; then it stops, and rates stay as they are. */
async function passTraffic(ipvs: Ipvs, clients: readonly Socket[]): Promise<void> {
  for (const client of clients) client.resume();
  for (let attempt = 0; attempt < 200; attempt++) {
    for (const client of clients) client.write('hello');
    sendDatagram('192.0.2.14', 53, Buffer.alloc(1000));
    await setTimeout(100);
    const [total, service, destinations] = await Promise.all([
      ipvs.statistics(),
      ipvs.service(web),
      ipvs.destinations(web),
    ]);
    const used = destinations.find(({ port }) => port === server.port);
    // Each is estimated at a time of its own.
    const seen = [total, service?.statistics, used?.statistics].every(
      (each) => each?.connectionsPerSecond && each.outgoingBytesPerSecond,
    );
    if (seen) return freezeEstimates(ipvs);
  }
  throw new Error('The estimator has seen no traffic');
}

/** What the screen shows once it is what ipvsadm lists. */
function sameAsIpvsadm(terminal: Terminal): Promise<Rows> {
  const same = () => {
    const listed = listedByIpvsadm();
    expect(shownOn(terminal.screen)).toEqual(listed);
    return listed;
  };
  return vi.waitFor(same, { timeout: 30_000, interval: 200 });
}

/** Weight, active and inactive connections and the five rates, by the service and by the service and its destination. */
type Rows = Readonly<Record<string, readonly string[]>>;

/** What the screen shows. */
function shownOn(screen: readonly string[]): Rows {
  return byName(screen.slice(2, -1), (indent, [name = '', protocolOrMethod = '', ...words]) =>
    indent ? [name, words] : [protocolOrMethod, ['', ...words.slice(1)]],
  );
}

/** What ipvsadm lists, with the sums of connections that it leaves to the reader. */
function listedByIpvsadm(): Rows {
  const lines = (...options: string[]) =>
    ipvsadm(['-Ln', ...options])
      .split('\n')
      .slice(3);
  const rates = byName(lines('--rate', '--exact'), (_, [, name = '', ...words]) => [name, words]);
  const rows = byName(lines(), (indent, [, name = '', , ...words]) => [name, indent ? words : []]);
  const sum = (service: string, column: number) =>
    String(
      Object.entries(rows)
        .filter(([name]) => name.startsWith(`${service} `))
        .reduce((total, [, words]) => total + Number(words[column]), 0),
    );
  return Object.fromEntries(
    Object.entries(rows).map(([name, words]) => [
      name,
      [...(words.length > 0 ? words : ['', sum(name, 1), sum(name, 2)]), ...(rates[name] ?? [])],
    ]),
  );
}

/** Rows of a listing in which destinations are indented under their service. */
function byName(
  lines: readonly string[],
  read: (indent: boolean, words: readonly string[]) => [name: string, words: readonly string[]],
): Rows {
  let service = '';
  return Object.fromEntries(
    lines
      .filter((line) => line.trim() !== '')
      .map((line) => {
        const indent = line.startsWith(' ');
        const [name, words] = read(indent, line.trim().split(/ +/));
        if (!indent) service = name;
        return [indent ? `${service} ${name}` : name, words];
      }),
  );
}
