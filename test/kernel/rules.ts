import { describe, expect, test } from 'vitest';
import { Ipvs, type TableEntry } from '../../src/ipvs/index.ts';
import { type FormatOptions, formatRules, sortTable } from '../../src/rules/index.ts';
import { readTable } from '../support/ipvs/table.ts';
import { ipvsadm, restoreText } from '../support/ipvsadm/ipvsadm.ts';
import { rulesFor } from '../support/ipvsadm/rules.ts';
import { enterFreshNamespace } from '../support/linux/namespace.ts';
import { realKernel } from './bed.ts';

/** What ipvsadm sets and forgets to save, and marks that it does not save right. */
const forgotten = `
-A -t 192.0.2.15:80 -s rr -M 255.255.0.0
-A -t [2001:db8::15]:80 -s rr -M 64
-A -u 192.0.2.15:5060 -s rr --pe sip
-A -t 192.0.2.15:81 -s sh -b sh-port,flag-3
-A -t 192.0.2.15:82 -s mh -b flag-3
-A -f 2147483648 -s rr
-a -f 2147483648 -r 192.0.2.20:80 -m -x 2147483647 -y 1
-A -f 4294967295 -6
`.trimStart();

/** Rules are written for ipvsadm: it must take them, and make of them what they were written from. */
export function rulesTests(): void {
  describe('ipvsadm accepts our rules', () => {
    test('and makes the same table of lossless ones', async () => {
      const table = await restored(restoreText(rulesFor(realKernel.kernel)) + forgotten);
      expect(await restored(formatRules(table, { lossless: true }))).toEqual(table);
    });

    test('and makes a table that we save as the same rules', async () => {
      const table = await restored(restoreText(rulesFor(realKernel.kernel)) + forgotten);
      const rules = formatRules(table);
      expect(formatRules(await restored(rules))).toBe(rules);
    });

    test('and sets the same timeouts and starts the same sync daemons', async () => {
      const daemon = { interface: 'd0', syncId: 9, maxLength: 1300, group: 'ff02::99', port: 9001, ttl: 3 };
      const options: FormatOptions = {
        lossless: true,
        timeouts: { tcp: 1000, tcpFin: 200, udp: 400 },
        daemons: [
          { ...daemon, state: 'master' },
          { ...daemon, state: 'backup', syncId: 0, group: '239.1.2.3' },
        ],
      };
      enterFreshNamespace();
      ipvsadm(['-R'], formatRules([], options));
      const ipvs = await Ipvs.open();
      expect(await ipvs.timeouts()).toEqual(options.timeouts);
      expect(await ipvs.daemons()).toEqual(options.daemons);
      await ipvs.stopDaemon('master');
      await ipvs.stopDaemon('backup');
      await ipvs.close();
    });
  });
}

/** The table that ipvsadm makes of these rules, in a namespace of its own. */
async function restored(rules: string): Promise<TableEntry[]> {
  enterFreshNamespace();
  ipvsadm(['-R'], rules);
  const ipvs = await Ipvs.open();
  try {
    return sortTable(await readTable(ipvs));
  } finally {
    await ipvs.close();
  }
}
