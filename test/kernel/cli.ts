import { execFileSync, spawnSync } from 'node:child_process';
import { beforeEach, describe, expect, test } from 'vitest';
import { Ipvs } from '../../src/ipvs/index.ts';
import { ipvs, type Outcome } from '../support/cli.ts';
import { ipvsadm, restoreText, savedByIpvsadm, savedLines } from '../support/ipvsadm/ipvsadm.ts';
import { rulesFor } from '../support/ipvsadm/rules.ts';
import { enterFreshNamespace } from '../support/linux/namespace.ts';
import { realKernel } from './bed.ts';

const silent: Outcome = { status: 0, stdout: '', stderr: '' };

/** The command `ipvs` beside ipvsadm. */
export function cliTests(): void {
  describe('the command', () => {
    const rules = rulesFor(realKernel.kernel);
    beforeEach(enterFreshNamespace);

    test('restores what ipvsadm saves', async () => {
      ipvsadm(['-R'], restoreText(rules));
      const [saved, before] = [ipvsadm(['-Sn']), await state()];
      enterFreshNamespace();
      expect(await ipvs(['-R'], saved)).toEqual(silent);
      expect(savedByIpvsadm()).toEqual(savedLines(rules));
      expect(await state()).toEqual(withoutThresholds(before));
    });

    test('saves what ipvsadm restores', async () => {
      ipvsadm(['-R'], restoreText(rules));
      const [{ stdout: saved }, before] = [await ipvs(['-Sn']), await state()];
      enterFreshNamespace();
      ipvsadm(['-R'], saved);
      expect(savedByIpvsadm()).toEqual(savedLines(rules));
      expect(await state()).toEqual(withoutThresholds(before));
    });

    test.each([
      ['a table with everything', restoreText(rules)],
      ['what ipvsadm forgets', forgotten],
    ])('saves and restores %s, losslessly', async (_, text) => {
      ipvsadm(['-R'], text);
      const [{ stdout: saved }, before] = [await ipvs(['-S', '--lossless']), await state()];
      enterFreshNamespace();
      expect(await ipvs(['-R'], saved)).toEqual(silent);
      expect(await state()).toEqual(before);
      expect((await ipvs(['-S', '--lossless'])).stdout).toBe(saved);
    });

    test('treats every line as ipvsadm does', async () => {
      const theirs = shell(groups.map((group) => `${group.map(runByIpvsadm).join('')}${look}\necho next\n`).join(''));
      enterFreshNamespace();
      let ours = '';
      for (const group of groups) {
        for (const line of group) ours += `${line}: ${(await ipvs(line.split(' '))).status}\n`;
        ours += `${shell(look)}next\n`;
      }
      expect(ours.split('\n')).toEqual(theirs.split('\n'));
    });

    test.each(stricter)('is stricter than ipvsadm: %s (%s)', async (line, _, theirs) => {
      const { status } = spawnSync('ipvsadm', line.split(' '), { stdio: 'ignore' });
      expect(status).toBe(theirs);
      enterFreshNamespace();
      expect(await ipvs(line.split(' '))).toMatchObject({ status: 2, stdout: '' });
      expect(shell(look)).toBe(shell(`ipvsadm -C; ${look}`));
    });

    test('works in another network namespace, and lists its connections', async () => {
      execFileSync('ip', ['-batch', '-'], { input: 'netns add blue\n' });
      try {
        execFileSync('ip', ['-n', 'blue', '-batch', '-'], { input: network });
        for (const line of ['-A -u 192.0.2.10:53', '-a -u 192.0.2.10:53 -r 192.0.2.1:53 -m'])
          expect(await ipvs([...line.split(' '), '--netns', 'blue'])).toEqual(silent);
        expect(savedByIpvsadm()).toEqual([]);
        shell('ip netns exec blue bash -c "echo hello > /dev/udp/192.0.2.10/53"');
        const theirs = shell('ip netns exec blue ipvsadm -Lcn');
        const { stdout } = await ipvs(['-Lcn', '--netns', 'blue']);
        expect(withoutClock(stdout)).toBe(withoutClock(theirs));
        expect(stdout).toMatch(/^UDP .* 192\.0\.2\.10:53 .*192\.0\.2\.1:53$/m);
        expect((await ipvs(['-Lcn'])).stdout.split('\n')).toHaveLength(3);
      } finally {
        execFileSync('ip', ['netns', 'delete', 'blue']);
      }
    });

    test('names a network namespace that does not exist', async () => {
      const outcome = await ipvs(['-Ln', '--netns', 'nonesuch']);
      expect(outcome).toEqual({
        status: 2,
        stdout: '',
        stderr: 'ipvs: Cannot open network namespace /run/netns/nonesuch (ENOENT)\n',
      });
    });
  });
}

const network = `
link set lo up
link add d0 type dummy
addr add 192.0.2.1/24 dev d0
addr add 192.0.2.10/32 dev d0
link set d0 up
`;

/** What ipvsadm takes but does not save, or does not take back. */
const forgotten = `
-A -t 198.51.100.1:80 -s rr -M 255.255.0.0
-A -f 4294967295 -s rr
-A -f 2147483648 -6 -s rr
-a -f 4294967295 -r 192.0.2.77 -m -w 3 -x 100 -y 20
--set 1000 200 400
--start-daemon backup --mcast-interface d0 --syncid 7 --sync-maxlen 1400 --mcast-group 239.1.2.3 --mcast-port 9001 --mcast-ttl 3
`;

/** Everything that ipvsadm shows of a namespace. */
const look = 'ipvsadm -Sn; ipvsadm -Ln --thresholds; ipvsadm -L --timeout; ipvsadm -L --daemon';

const web = '-t 192.0.2.10:80';
/** Lines on one table, one after the other: good ones, and bad ones of every exit status. */
const lines = [
  `-A ${web} -s rr`,
  `-A ${web} -s rr`,
  '-A --tcp-service=192.0.2.10:81',
  '--add-service --udp-service 192.0.2.10:53 --scheduler=wrr --ops',
  '-A -t192.0.2.11:80 -srr -p -M 255.255.0.0',
  '-A -t 10.1:80 -p 60',
  '-A -t 0x0a000002:80',
  '-A -t 010.0.0.1:80',
  '-A -t 192.0.2.10:http -s rr',
  '-A -t 192.0.2.12:domain -s rr',
  '-A -t [2001:db8::10]:80 -p 9 -M 64',
  '-A -t 2001:db8::11 -p',
  '-A -f 7',
  '-A -f 7 -6 -b flag-1,,flag-2',
  '-A -f 8 -p -M 255.0.0.0',
  '-A -t 192.0.2.12:80 -s sh -b sh-port',
  '-A -t 192.0.2.12:81 --pe sip',
  '-A -t 192.0.2.12:82 -M 255.255.255.0',
  '-A --sctp-service 192.0.2.12:83 -b flag-3',
  `-a ${web} -r 192.0.2.20`,
  `-a ${web} -r 192.0.2.20`,
  `-a ${web} -r 192.0.2.21:8080 -g -w 3`,
  `-a ${web} -r 192.0.2.22:8080 -m -w 0 -x 9 -y 3`,
  `-a ${web} -r 192.0.2.23:8080 -i`,
  `-a ${web} -r 192.0.2.24 -i --tun-type gue --tun-port 6080 --tun-csum`,
  `-a ${web} -r 192.0.2.25 -i --tun-type gre --tun-nocsum`,
  `-a ${web} -r [2001:db8::20]:9 -i`,
  '-a -f 7 -r 192.0.2.20',
  '-a -f 7 -r 192.0.2.21:81',
  '-a -f 7 -6 -r [2001:db8::20]:81 -m -w +5',
  `-e ${web} -r 192.0.2.22:8080 -m`,
  `-e ${web} -r 192.0.2.20 -i -w 70000`,
  `-e ${web} -r 192.0.2.99`,
  `-d ${web} -r 192.0.2.22`,
  `-d ${web} -r 192.0.2.22:8080`,
  `-E ${web}`,
  '-E -t 192.0.2.99:80',
  `-Z ${web}`,
  '-Z',
  '-Z -f 99',
  '-D -f 7',
  '-D -f 7',
  '--set 1000 0 400',
  '--set 0 0 0',
  '--set -- 1000 200 0',
  '--start-daemon master --mcast-interface d0 --syncid 3 --mcast-ttl 5',
  '--start-daemon master --mcast-interface d0',
  '--start-daemon backup --mcast-interface none0',
  '--start-daemon backup',
  '--stop-daemon backup',
  '--stop-daemon master --syncid 9',
  // What is wrong already on this side of the kernel
  'web',
  '-n -L',
  '-z',
  '-A -z',
  '-A -t',
  '--list=5',
  '-A',
  '-A -D',
  '-A -t 192.0.2.30:80 -w 1',
  '-A -t 192.0.2.30:80 rr',
  '-A -t 192.0.2.30:80 -t 192.0.2.31:80',
  '-A -t 192.0.2.30:80 -6',
  '-A -t 192.0.2.30',
  '-A -t 192.0.2.30:70000',
  '-A -t 80',
  '-A -t [2001:db8::30]',
  '-A -t 192.0.2.30:80 -o',
  '-A -t 192.0.2.30:80 -p 0',
  '-A -t 192.0.2.30:80 -p -M 192.0.2.300',
  '-A -t [2001:db8::30]:80 -p -M 129',
  '-A -t 192.0.2.30:80 -b mh-port',
  '-A -t 192.0.2.30:80 -b sticky',
  '-A -t 192.0.2.30:80 -s none-such',
  '-A -f 0',
  '-A -f 4294967296',
  '-A -f 0x10',
  `-a ${web}`,
  `-a ${web} -r [2001:db8::21]:80`,
  `-a ${web} -r 192.0.2.30 -w -1`,
  `-a ${web} -r 192.0.2.30 -g -m`,
  `-a ${web} -r 192.0.2.30 -m --tun-type ipip`,
  `-a ${web} -r 192.0.2.30 -i --tun-nocsum`,
  `-a ${web} -r 192.0.2.30 -i --tun-type gue`,
  `-a ${web} -r 192.0.2.30 -i --tun-type gre --tun-port 1`,
  `-a ${web} -r 192.0.2.30 -i --tun-type gre --tun-csum --tun-nocsum`,
  `-d ${web} -r 192.0.2.20 -m`,
  '--set 1 2',
  '--set 1 2 3 4',
  '--set 1 two 3',
  '--start-daemon standby',
  '--start-daemon backup --syncid 256',
  '--start-daemon backup --mcast-group 192.0.2.1',
  '--start-daemon backup --mcast-port 0',
  '--stop-daemon master --mcast-interface d0',
  '-C -n',
  '-S -t 192.0.2.10:80',
  '-L -c --stats',
  '-L --timeout --daemon',
  '-L --daemon --persistent-conn',
  '-Ln web',
  '-L -t 192.0.2.99:80',
  '-Ln',
  '-Ln -t 192.0.2.10:80',
  '-Lcn',
  '-Sn',
  '-h',
  '-v',
  '-C',
];

/** As many lines as are carried out between two looks at the table. */
const GROUP = 20;
const groups = Array.from({ length: Math.ceil(lines.length / GROUP) }, (_, i) =>
  lines.slice(i * GROUP, (i + 1) * GROUP),
);

function runByIpvsadm(line: string): string {
  return `ipvsadm ${line} >/dev/null 2>&1 </dev/null; echo "${line}: $?"\n`;
}

/** What ipvsadm sends, or takes for something else, and we refuse. */
const stricter: [line: string, why: string, theirs: number][] = [
  ['-A -f 1 -p -M 64', 'a mask that is the length of a prefix', 0],
  ['-A -t [2001:db8::1]:80 -M 64abc', 'letters after a number', 0],
  ['-A -f 1 -s abcdefghijklmnopqrst', 'a name that is cut', 255],
  ['-A -t [192.0.2.1]:80 -p', 'a port that is passed over', 0],
  ['-a -t 192.0.2.10:80 -r 224.0.0.1 -m', 'a multicast address', 255],
];

/** The whole state as we read it, in an order that does not depend on the kernel. */
async function state() {
  const ipvs = await Ipvs.open();
  const table = [];
  for await (const { service, destinations } of ipvs.table())
    table.push({
      ...service,
      destinations: [...destinations].sort((a, b) => (`${a.address} ${a.port}` < `${b.address} ${b.port}` ? -1 : 1)),
    });
  table.sort((a, b) => (JSON.stringify(a, text) < JSON.stringify(b, text) ? -1 : 1));
  const settings = { timeouts: await ipvs.timeouts(), daemons: await ipvs.daemons() };
  await ipvs.close();
  return { table, ...settings };
}

function withoutThresholds(all: Awaited<ReturnType<typeof state>>) {
  const none = { upperThreshold: 0, lowerThreshold: 0 };
  const table = all.table.map((service) => ({
    ...service,
    destinations: service.destinations.map((each) => ({ ...each, ...none })),
  }));
  return { ...all, table };
}

function text(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

/** Connections expire while they are looked at. */
function withoutClock(list: string): string {
  return list.replaceAll(/ \d\d:\d\d /g, ' mm:ss ');
}

function shell(script: string): string {
  return execFileSync('sh', ['-s'], { input: script, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });
}
