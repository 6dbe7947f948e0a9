import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Ipvs } from '../../src/ipvs/index.ts';
import { plain, sorted } from '../contract/expected.ts';
import { expectedDestination, expectedService } from '../support/ipvs/arbitrary.ts';
import { ipvsadm, restoreText, savedByIpvsadm, savedLines } from '../support/ipvsadm/ipvsadm.ts';
import { type Rule, rulesFor } from '../support/ipvsadm/rules.ts';
import { enterFreshNamespace } from '../support/linux/namespace.ts';
import { realKernel } from './bed.ts';

/** ipvsadm as a judge, in both directions. */
export function ipvsadmTests(): void {
  describe('ipvsadm', () => {
    let ipvs: Ipvs;
    const rules = rulesFor(realKernel.kernel);

    beforeEach(async () => {
      enterFreshNamespace();
      ipvs = await Ipvs.open();
    });
    afterEach(() => ipvs.close());

    test('prints what we wrote', async () => {
      await write(ipvs, rules);
      expect(savedByIpvsadm()).toEqual(savedLines(rules));
    });

    test('prints what we changed', async () => {
      await write(ipvs, rules);
      const web = { protocol: 'tcp', address: '192.0.2.13', port: 80 } as const;
      await ipvs.patchDestination(web, { address: '192.0.2.24', port: 80 }, { weight: 9 });
      await ipvs.patchService(web, { scheduler: 'rr' });
      await ipvs.removeService({ fwmark: 7 });
      await ipvs.removeDestination(web, { address: '192.0.2.20', port: 8080 });
      await ipvs.setTimeouts({ udp: 100 });
      const edits: [string, string | undefined][] = [
        ['-f 7', undefined],
        ['-r 192.0.2.20:8080', undefined],
        ['-A -t 192.0.2.13:80', '-A -t 192.0.2.13:80 -s rr'],
        ['-r 192.0.2.24:80', '-a -t 192.0.2.13:80 -r 192.0.2.24:80 -i -w 9 --tun-type gue --tun-port 6080 --tun-csum'],
      ];
      const expected = savedLines(rules).flatMap((line) => {
        const edit = edits.find(([part]) => line.includes(part));
        return edit ? (edit[1] ?? []) : line;
      });
      expect(savedByIpvsadm()).toEqual(expected.sort());
      expect(ipvsadm(['-L', '--timeout']).trim()).toBe('Timeout (tcp tcpfin udp): 900 120 100');
    });

    test('prints the sync daemons that we started', async () => {
      await ipvs.startDaemon({ state: 'master', interface: 'd0', syncId: 3, group: '239.1.2.3', port: 9000, ttl: 5 });
      await ipvs.startDaemon({ state: 'backup', interface: 'd0', syncId: 4, maxLength: 1400 });
      expect(ipvsadm(['-L', '--daemon']).trim().split('\n')).toEqual([
        'master sync daemon (mcast=d0, syncid=3, maxlen=1472, group=239.1.2.3, port=9000, ttl=5)',
        'backup sync daemon (mcast=d0, syncid=4, maxlen=1400, group=224.0.0.81, port=8848, ttl=1)',
      ]);
    });

    test('builds a table that we read with every field right', async () => {
      expect(rules.length).toBeGreaterThanOrEqual(25);
      ipvsadm(['-R'], restoreText(rules));
      ipvsadm(['--set', '1000', '200', '400']);
      expect(sorted(await ipvs.services())).toEqual(sorted(rules.map(({ service }) => expectedService(service))));
      for (const rule of rules)
        expect(await ipvs.destinations(rule.service)).toEqual(
          rule.destinations.map(({ destination }) => expectedDestination(destination)).reverse(),
        );
      expect(await ipvs.timeouts()).toEqual({ tcp: 1000, tcpFin: 200, udp: 400 });
    });

    test('starts sync daemons that we read with every field right', async () => {
      const options =
        '--mcast-interface d0 --syncid 9 --sync-maxlen 1300 --mcast-group ff02::99 --mcast-port 9001 --mcast-ttl 3';
      ipvsadm(['--start-daemon', 'backup', ...options.split(' ')]);
      const daemon = { interface: 'd0', syncId: 9, maxLength: 1300, group: 'ff02::99', port: 9001, ttl: 3 };
      expect(await ipvs.daemons()).toEqual([{ state: 'backup', ...daemon }]);
      await ipvs.stopDaemon('backup');
      expect(ipvsadm(['-L', '--daemon']).trim()).toBe('');
    });

    test('stores a mask without persistence, which we read and a patch keeps', async () => {
      const web = { protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
      ipvsadm(['-A', '-t', '192.0.2.10:80', '-s', 'rr', '-M', '255.255.0.0']);
      const dormant = { dormantPersistence: { timeout: 0, netmask: '255.255.0.0' } };
      expect(await ipvs.services()).toEqual([{ ...web, ...plain, scheduler: 'rr', ...dormant }]);
      await ipvs.patchService(web, { scheduler: 'wrr' });
      expect(await ipvs.services()).toEqual([{ ...web, ...plain, scheduler: 'wrr', ...dormant }]);
      await ipvs.patchService(web, { persistence: { timeout: 60 } });
      expect(savedByIpvsadm()).toEqual(['-A -t 192.0.2.10:80 -s wrr -p 60 -M 255.255.0.0']);
    });

    test('adds an entry of which our patches change only what they name', async () => {
      ipvsadm(['-R'], restoreText(rules));
      for (const rule of rules) {
        await ipvs.patchService(rule.service, {});
        for (const { destination } of rule.destinations) await ipvs.patchDestination(rule.service, destination, {});
      }
      expect(savedByIpvsadm()).toEqual(savedLines(rules));
      expect(sorted(await ipvs.services())).toEqual(sorted(rules.map(({ service }) => expectedService(service))));
    });
  });
}

async function write(ipvs: Ipvs, rules: readonly Rule[]): Promise<void> {
  await Promise.all(
    rules.flatMap(({ service, destinations }) => [
      ipvs.addService(service),
      ...destinations.map(({ destination }) => ipvs.addDestination(service, destination)),
    ]),
  );
}
