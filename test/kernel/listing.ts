import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  addressesOf,
  daemonRows,
  formatConnections,
  formatEntry,
  formatTable,
  resolveNames,
  timeoutsRow,
} from '../../src/cli/listing/index.ts';
import {
  type Daemon,
  type Info,
  Ipvs,
  parseConnections,
  type ServiceKey,
  type TableEntry,
  type Timeouts,
} from '../../src/ipvs/index.ts';
import { formatRules } from '../../src/rules/index.ts';
import { arbitraryDaemon, arbitraryTimeouts, familyOf } from '../support/ipvs/arbitrary.ts';
import { arbitraryTable, type Entry, readTable, writeTable } from '../support/ipvs/table.ts';
import { corrected, withoutOrder } from '../support/ipvsadm/defects.ts';
import { ipvsadm, ipvsadmEach, restoreText } from '../support/ipvsadm/ipvsadm.ts';
import { rulesFor } from '../support/ipvsadm/rules.ts';
import { sendDatagram } from '../support/linux/datagram.ts';
import { freezeEstimates, hasSteadyRates } from '../support/linux/estimates.ts';
import { enterFreshNamespace } from '../support/linux/namespace.ts';
import { realKernel } from './bed.ts';

/** Services in a random table, which ipvsadm lists eight times. */
const SERVICES = 4;
const TABLES = 200;

/** Everything there is to list. */
interface State {
  readonly info: Info;
  readonly table: readonly TableEntry[];
  readonly timeouts: Timeouts;
  readonly daemons: readonly Daemon[];
}

type Listings<T> = Readonly<Record<string, (state: T) => string>>;

/** Every listing by ipvsadm's options for it. */
const listings: Listings<State> = {
  '-Sn': ({ table }) => formatRules(table),
  '-Ln': ({ info, table }) => formatTable(info, table),
  '-Ln --nosort': ({ info, table }) => formatTable(info, table, { sort: false }),
  '-Ln --stats': ({ info, table }) => formatTable(info, table, { form: 'stats' }),
  '-Ln --rate': ({ info, table }) => formatTable(info, table, { form: 'rate' }),
  '-Ln --thresholds': ({ info, table }) => formatTable(info, table, { form: 'thresholds' }),
  '-Ln --persistent-conn': ({ info, table }) => formatTable(info, table, { form: 'persistent-conn' }),
  '-Ln --tun-info': ({ info, table }) => formatTable(info, table, { form: 'tun-info' }),
  '-L --timeout': ({ timeouts }) => timeoutsRow(timeouts),
  '-L --daemon': ({ daemons }) => daemonRows(daemons),
};

/** The same with numbers in full. */
const exactListings: Listings<State> = {
  '-Ln --exact': ({ info, table }) => formatTable(info, table, { exact: true }),
  '-Ln --stats --exact': ({ info, table }) => formatTable(info, table, { form: 'stats', exact: true }),
  '-Ln --rate --exact': ({ info, table }) => formatTable(info, table, { form: 'rate', exact: true }),
};

const connectionListings: Listings<string> = {
  '-Lnc': (text) => formatConnections(parseConnections(text)),
  '-Lnc --persistent-conn': (text) => formatConnections(parseConnections(text), { engines: true }),
};

export function listingTests(): void {
  describe('listings equal those of ipvsadm', () => {
    let ipvs: Ipvs;

    beforeEach(async () => {
      enterFreshNamespace();
      ipvs = await Ipvs.open();
    });
    afterEach(() => ipvs.close());

    test('of a table with everything, after traffic', async () => {
      ipvsadm(['-R'], restoreText(rulesFor(realKernel.kernel)) + servers);
      await passTraffic(ipvs);
      await expectSame(ipvs, { ...listings, ...exactListings });
      for (const [options, format] of Object.entries(connectionListings)) expectConnections(options, format);
      const busy = (await readTable(ipvs)).flatMap(({ service, destinations }) => [service, ...destinations]);
      const fast = busy.filter(({ statistics }) => statistics.incomingBytesPerSecond > 100);
      expect(fast.length).toBeGreaterThanOrEqual(hasSteadyRates(realKernel.kernel) ? 4 : 0);
      const connections = readConnections();
      // By the time that rates have come to rest, what was half open is gone.
      const halfOpen = hasSteadyRates(realKernel.kernel) ? ['SYN_RECV'] : [];
      for (const part of ['0000004D 0000', '0000:004D:0000:0000', ' sip ', ...halfOpen])
        expect(connections.toUpperCase()).toContain(part.toUpperCase());
    });

    test('of one service', async () => {
      ipvsadm(['-R'], restoreText(rulesFor(realKernel.kernel)) + servers);
      const keys: [options: string, key: ServiceKey][] = [
        ['-t 192.0.2.10:80', { protocol: 'tcp', address: '192.0.2.10', port: 80 }],
        ['-u [2001:db8::14]:53', { protocol: 'udp', address: '2001:db8::14', port: 53 }],
        ['-f 77 -6', { fwmark: 77, family: 'inet6' }],
      ];
      for (const [options, key] of keys) {
        const [plain, exact] = ipvsadmEach([`-Ln ${options}`, `-Ln ${options} --stats --exact`]);
        const service = await ipvs.service(key);
        if (!service) throw new Error(`There is no service ${options}`);
        const entry = { service, destinations: await ipvs.destinations(key) };
        expect(formatEntry(entry)).toBe(plain);
        expect(formatEntry(entry, { form: 'stats', exact: true })).toBe(exact);
      }
    });

    test('of random tables, timeouts and sync daemons', { timeout: 400_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(
          arbitraryTable(realKernel.kernel, SERVICES),
          arbitraryTimeouts,
          arbitraryDaemon,
          async (table, timeouts, daemon) => {
            await Promise.all([ipvs.setTimeouts(timeouts), writeTable(ipvs, table)]);
            const runs = table.every(isOfOneFamily); // no sync daemon runs beside a service of two
            if (runs) await ipvs.startDaemon(daemon);
            try {
              await expectSame(ipvs);
            } finally {
              if (runs) await ipvs.stopDaemon(daemon.state);
              await ipvs.flush();
            }
          },
        ),
        { numRuns: TABLES },
      );
    });

    test('with names', async () => {
      execFileSync('ip', ['route', 'delete', 'default']); // nobody to ask, so nothing to wait for
      ipvsadm(['-R'], named);
      const table = await readTable(ipvs);
      const names = await resolveNames(addressesOf(table));
      const info = await ipvs.info();
      const [listed, saved] = ipvsadmEach(['-L', '-S']);
      expect(listed).toContain('TCP  localhost:');
      expect(formatTable(info, table, { names })).toBe(listed);
      expect(formatRules(table, { names })).toBe(saved);
    });
  });

  describe('listings differ from those of ipvsadm', () => {
    let ipvs: Ipvs;

    beforeEach(async () => {
      enterFreshNamespace();
      ipvs = await Ipvs.open();
    });
    afterEach(() => ipvs.close());

    test('in firewall marks of 2^31 and more, which it prints as negative numbers', async () => {
      for (const mark of ['2147483648', '4294967295 -6']) ipvsadm(`-A -f ${mark}`.split(' '));
      ipvsadm('-a -f 2147483648 -r 192.0.2.20:80 -m'.split(' '));
      expect(ipvsadm(['-Sn'])).toContain('-a -f -2147483648 -r');
      expect(formatRules(await readTable(ipvs))).toContain('-a -f 2147483648 -r');
      await expectSame(ipvs);
    });

    test('in a service with a flag that it forgets, for which it saves an option that it does not take', async () => {
      ipvsadm('-A -t 192.0.2.10:80 -s sh -b flag-3'.split(' '));
      ipvsadm('-A -t 192.0.2.10:81 -s mh -b mh-port,flag-3'.split(' '));
      expect(ipvsadm(['-Sn'])).toBe('-A -t 192.0.2.10:80 -s sh -b \n-A -t 192.0.2.10:81 -s mh -b mh-port\n');
      const table = await readTable(ipvs);
      expect(formatRules(table)).toBe('-A -t 192.0.2.10:80 -s sh\n-A -t 192.0.2.10:81 -s mh -b mh-port\n');
      expect(formatRules(table, { lossless: true })).toContain('-s mh -b mh-port,flag-3\n');
      await expectSame(ipvs);
    });

    test('in the order of numbers that are 2^31 and more apart, for which it has none', async () => {
      const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
      const addresses = ['1.0.0.1', '10.0.0.1', '130.0.0.1', '192.168.0.1', '200.0.0.1'];
      await ipvs.addService(web);
      await Promise.all(addresses.map((address) => ipvs.addDestination(web, { address, port: 80 })));
      const order = (text: string) => [...text.matchAll(/-r ([\d.]+)/g)].map(([, address]) => address);
      expect(order(ipvsadm(['-Sn']))).not.toEqual(addresses);
      expect(order(formatRules(await readTable(ipvs)))).toEqual(addresses);
      await expectSame(ipvs);
    });
  });
}

/**
 * Expects of every listing that it is ipvsadm's, but for the defects: that ipvsadm prints what is read before it, unless that
 * changes meanwhile.
 */
async function expectSame(ipvs: Ipvs, wanted = listings): Promise<void> {
  const read = async (): Promise<State> => ({
    info: await ipvs.info(),
    table: await readTable(ipvs),
    timeouts: await ipvs.timeouts(),
    daemons: await ipvs.daemons(),
  });
  const all = Object.keys(wanted);
  for (let attempt = 0; attempt < 50; attempt++) {
    const state = await read();
    const printed = ipvsadmEach(all);
    const compared = (text: string, options: string) =>
      options.includes('--nosort') ? text : withoutOrder(text, state.table);
    const texts = (text: (options: string, i: number) => string) =>
      Object.fromEntries(all.map((options, i) => [options, compared(text(options, i), options)]));
    const theirs = texts((_, i) => corrected(printed[i] ?? ''));
    const ours = texts((options) => wanted[options]?.(state) ?? '');
    if (!isDeepStrictEqual(ours, theirs) && !isDeepStrictEqual(await read(), state)) continue;
    expect(ours).toEqual(theirs);
    return;
  }
  throw new Error('What is listed never stood still');
}

/** Expects of a listing of connections that ipvsadm prints what is read before and after it, its seconds between both. */
function expectConnections(options: string, format: (text: string) => string): void {
  for (let attempt = 0; attempt < 20; attempt++) {
    const before = format(readConnections());
    const theirs = ipvsadm(options.split(' '));
    const after = format(readConnections());
    if (withoutSeconds(before) !== withoutSeconds(after)) continue; // one has expired
    expect(withoutSeconds(theirs)).toBe(withoutSeconds(before));
    const [most, printed, least] = [before, theirs, after].map(secondsOf) as [number[], number[], number[]];
    expect(printed.length).toBeGreaterThan(0);
    for (const [i, seconds] of printed.entries()) {
      expect(seconds).toBeLessThanOrEqual(most[i] ?? 0);
      expect(seconds).toBeGreaterThanOrEqual(least[i] ?? Infinity);
    }
    return;
  }
  throw new Error('Connections expire all the time');
}

/** How long a connection lasts, in its listing: minutes and seconds behind the protocol. */
const lasting = /(?<=^\S+ +)(\d+):(\d\d)/gm;

function withoutSeconds(text: string): string {
  return text.replace(lasting, '');
}

function secondsOf(text: string): number[] {
  return [...text.matchAll(lasting)].map(([, minutes, seconds]) => Number(minutes) * 60 + Number(seconds));
}

function isOfOneFamily([service, destinations]: Entry): boolean {
  return destinations.every(({ address }) => familyOf({ address }) === familyOf(service));
}

/** Services with servers behind them, for traffic. */
const servers = `
-A -u 192.0.2.14:53 -s rr
-a -u 192.0.2.14:53 -r 192.0.2.30:5353 -m -w 100
-a -u 192.0.2.14:53 -r 192.0.2.31 -i --tun-type gue --tun-port 6080
-A -t 192.0.2.14:80 -s rr
-a -t 192.0.2.14:80 -r 192.0.2.30 -g
-A -u [2001:db8::14]:53 -s rr -p 300 -M 64
-a -u [2001:db8::14]:53 -r [2001:db8::30]:53 -m
-A -u 192.0.2.14:5061 -s rr -p 600 --pe sip
-a -u 192.0.2.14:5061 -r 192.0.2.30 -m
-A -f 77 -s rr -p 100
-a -f 77 -r 192.0.2.30:0 -g
-A -f 77 -6 -s rr -p 100
-a -f 77 -6 -r [2001:db8::30]:0 -g
`.trimStart();

/** How many they are. */
const SERVED = 6;

/** What has a name and what has none, by address, port and protocol. */
const named = `
-A -t 127.0.0.1:80 -s rr
-a -t 127.0.0.1:80 -r 127.0.0.1:8080 -m
-A -t 192.0.2.10:514 -s rr
-A -u 192.0.2.10:514 -s rr
-A --sctp-service 192.0.2.10:80 -s rr
-A -u [::1]:53 -s rr
-A -f 5 -s rr
-a -f 5 -r 127.0.0.1:80 -m
`.trimStart();

/** Packets of every kind to every one of those services; once they are counted, counting stops. */
async function passTraffic(ipvs: Ipvs): Promise<void> {
  const client = connect(80, '192.0.2.14').on('error', () => undefined);
  for (let i = 0; i < 50; i++) {
    sendDatagram('192.0.2.14', 53, Buffer.alloc(1000));
    sendDatagram('2001:db8::14', 53, Buffer.alloc(500));
  }
  sendDatagram('192.0.2.14', 5061, 'OPTIONS sip:a@192.0.2.14 SIP/2.0\r\nCall-ID: 7ca1@192.0.2.1\r\n\r\n');
  sendDatagram('192.0.2.99', 9, 'marked', 77);
  sendDatagram('2001:db8::99', 9, 'marked', 77);
  for (let attempt = 0; (await countTotals(ipvs)) < SERVED; attempt++) {
    if (attempt === 100) throw new Error('The estimator has not counted everything');
    await setTimeout(100);
  }
  client.destroy();
  await freezeEstimates(ipvs);
}

/** How many services have seen packets. */
async function countTotals(ipvs: Ipvs): Promise<number> {
  return (await ipvs.services()).filter(({ statistics }) => statistics.incomingBytes > 0n).length;
}

function readConnections(): string {
  return readFileSync('/proc/net/ip_vs_conn', 'utf8');
}
