import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ipvs } from '../support/cli.ts';

/** The table that nothing of this may change, to the letter. */
const RULES = `# what stands here stays
-A -t 192.0.2.10:80 -s rr
-a -t 192.0.2.10:80 -r 192.0.2.20:8080 -m -w 1
-A -f 7 -6 -s sh
--start-daemon master --mcast-interface eth0
`;

// Nobody's resolver is asked.
vi.mock('node:dns/promises', () => ({ lookup: () => Promise.reject(new Error('ENOTFOUND')) }));

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipvs-cli-'));
  file = join(folder, 'rules');
});
afterAll(() => rmSync(folder, { recursive: true }));

const WORDS = 255;
const INPUT = 2;
const REFUSED = 255;
const LIST = 1;

const known = 'one of -A -E -D -C -a -e -d -Z --set --start-daemon --stop-daemon -L -S -R -h -v';
const flags = 'flags must be of flag-1, flag-2, flag-3, sh-fallback, sh-port, mh-fallback, mh-port';
const groups = 'group must be a multicast address, 224.0.0.0/4 or ff00::/8';

const lines: [line: string, status: number, message: string][] = [
  // The words of a line
  ['-n -L', WORDS, `a command must come before '-n' (${known}); try 'ipvs --help'`],
  ['-z', WORDS, `unknown command '-z' (${known}); try 'ipvs --help'`],
  ['--lst', WORDS, "unknown command '--lst' (did you mean --list?); try 'ipvs --help'"],
  ['-A -t 192.0.2.1:80 -z', WORDS, "unknown option '-z'; try 'ipvs --help'"],
  [
    '-A -t 192.0.2.1:80 --scheduller rr',
    WORDS,
    "unknown option '--scheduller' (did you mean --scheduler?); try 'ipvs --help'",
  ],
  ['-Lnz', WORDS, "unknown option '-z'; try 'ipvs --help'"],
  ['-A -t', WORDS, "-t: missing argument HOST[:PORT]; try 'ipvs --help'"],
  ['-A -t 192.0.2.1:80 --scheduler', WORDS, "--scheduler: missing argument NAME; try 'ipvs --help'"],
  ['-L --numeric=yes', WORDS, "--numeric: unexpected argument 'yes'; try 'ipvs --help'"],
  // Commands and their options
  ['-A', INPUT, "-A: requires --tcp-service, --udp-service, --sctp-service or --fwmark-service; try 'ipvs --help'"],
  [
    '-A -p 300',
    INPUT,
    "-A: requires --tcp-service, --udp-service, --sctp-service or --fwmark-service; try 'ipvs --help'",
  ],
  ['-a -t 192.0.2.10:80', INPUT, "-a: requires --real-server; try 'ipvs --help'"],
  [
    '-d -r 192.0.2.20',
    INPUT,
    "-d: requires --tcp-service, --udp-service, --sctp-service or --fwmark-service; try 'ipvs --help'",
  ],
  ['-A -D -t 192.0.2.1:80', INPUT, "-D: cannot be combined with -A; try 'ipvs --help'"],
  ['-A -t 192.0.2.1:80 -w 1', INPUT, "-w: is not an option of --add-service; try 'ipvs --help'"],
  ['-d -t 192.0.2.10:80 -r 192.0.2.20:8080 -m', INPUT, "-m: is not an option of --delete-server; try 'ipvs --help'"],
  ['-C -n', INPUT, "-n: is not an option of --clear; try 'ipvs --help'"],
  ['-S -t 192.0.2.10:80', INPUT, "-t: is not an option of --save; try 'ipvs --help'"],
  ['-R rules', INPUT, "unexpected argument 'rules'; try 'ipvs --help'"],
  ['-A -t 192.0.2.1:80 rr', INPUT, "unexpected argument 'rr'; try 'ipvs --help'"],
  ['-A -t 192.0.2.1:80 -t 192.0.2.2:80', INPUT, "-t: is given twice; try 'ipvs --help'"],
  ['-A -t 192.0.2.1:80 -f 8', INPUT, "-f: cannot be combined with -t; try 'ipvs --help'"],
  ['-a -t 192.0.2.10:80 -r 192.0.2.1 -g -i', INPUT, "-i: cannot be combined with -g; try 'ipvs --help'"],
  ['-A -t 192.0.2.1:80 -6', INPUT, '-6: family requires --fwmark-service; an address has its own family'],
  ['-L --daemon --timeout', INPUT, "--timeout: cannot be combined with --daemon; try 'ipvs --help'"],
  ['-Lc --stats', INPUT, "-c: cannot be combined with --stats; try 'ipvs --help'"],
  ['-L -t 192.0.2.10:80 --timeout', INPUT, "--timeout: cannot be combined with -t; try 'ipvs --help'"],
  ['-L --daemon --persistent-conn', INPUT, "--daemon: cannot be combined with --persistent-conn; try 'ipvs --help'"],
  ['-C --netns blue', INPUT, "--netns: cannot be combined with --fake; try 'ipvs --help'"],
  ['-C --fake other', INPUT, "--fake: is given twice; try 'ipvs --help'"],
  // Addresses and ports
  ['-A -t 192.0.2.1:70000', INPUT, '-t: port must be an integer from 0 to 65535, got 70000'],
  ['-A -t 192.0.2.1:-1', INPUT, "-t: port must be 0 to 65535, or the name of a tcp service in /etc/services, got '-1'"],
  ['-A -t 192.0.2.1:', INPUT, "-t: port must be 0 to 65535, or the name of a tcp service in /etc/services, got ''"],
  [
    '-A -t 192.0.2.1:nonesuch',
    INPUT,
    "-t: port must be 0 to 65535, or the name of a tcp service in /etc/services, got 'nonesuch'",
  ],
  ['-A -t 80', INPUT, "-t: address must be an address and a port, got '80'"],
  ['-A -t 192.0.2.256:80', INPUT, "-t: address must be an address, or a name that has one, got '192.0.2.256'"],
  ['-A -t web.invalid:80', INPUT, "-t: address must be an address, or a name that has one, got 'web.invalid'"],
  [
    '-A -t [2001:db8::1]',
    INPUT,
    "-t: address must be an IPv6 address in brackets and a port, [2001:db8::1]:80, got '[2001:db8::1]'",
  ],
  [
    '-A -t [192.0.2.1]:80',
    INPUT,
    "-t: address must be an IPv6 address in brackets and a port, [2001:db8::1]:80, got '[192.0.2.1]:80'",
  ],
  ['-A -t [fe80::1%eth0]:80', INPUT, "-t: address must be an IPv4 or IPv6 address without a zone, got 'fe80::1%eth0'"],
  [
    '-A -t 192.0.2.1:0',
    INPUT,
    '-t: port must be 1 to 65535; only a persistent service may have port 0, all ports, got 0',
  ],
  ['-A -t 192.0.2.1', INPUT, "-t: port is missing; write 192.0.2.1:PORT, or -p for all ports, got '192.0.2.1'"],
  [
    '-A -t 2001:db8::10:80',
    INPUT,
    "-t: port is missing; an IPv6 address with a port has brackets, [2001:db8::10]:80, got '2001:db8::10:80'",
  ],
  [
    '-A -t 2001:db8::80',
    INPUT,
    "-t: port is missing; an IPv6 address with a port has brackets, [2001:db8::80]:PORT, got '2001:db8::80'",
  ],
  ['-A -f 0', INPUT, '-f: fwmark must be an integer from 1 to 4294967295, got 0'],
  ['-A -f 4294967296', INPUT, '-f: fwmark must be an integer from 1 to 4294967295, got 4294967296'],
  ['-A -f 0x10', INPUT, "-f: fwmark must be an integer from 1 to 4294967295, got '0x10'"],
  // Services
  ['-A -t 192.0.2.1:80 -s', WORDS, "-s: missing argument NAME; try 'ipvs --help'"],
  [
    '-A -t 192.0.2.1:80 -s a/b',
    INPUT,
    "-s: scheduler must be a name of 1 to 15 printable ASCII characters without spaces or slashes, got 'a/b'",
  ],
  [
    '-A -t 192.0.2.1:80 -s rrr',
    REFUSED,
    'Cannot add service tcp 192.0.2.1:80 with scheduler rrr: no such scheduler or persistence engine (ENOENT)',
  ],
  ['-A -t 192.0.2.1:80 -p 0', INPUT, '-p: timeout must be an integer from 1 to 4294967 (seconds), got 0'],
  ['-A -t 192.0.2.1:80 -p forever', INPUT, "-p: timeout must be an integer from 1 to 4294967 (seconds), got 'forever'"],
  ['-A -t 192.0.2.1:80 -p -M 64', INPUT, "-M: netmask must be an IPv4 mask, got '64'"],
  ['-A -t 192.0.2.1:80 -p -M /24', INPUT, "-M: netmask must be an IPv4 mask; 24 bits are 255.255.255.0, got '/24'"],
  ['-A -t [2001:db8::1]:80 -p -M 129', INPUT, '-M: prefixLength must be an integer from 1 to 128, got 129'],
  ['-A -t [2001:db8::1]:80 -p -M 64abc', INPUT, "-M: prefixLength must be an integer from 1 to 128, got '64abc'"],
  [
    '-A -t 192.0.2.1:80 -p --pe a/b',
    INPUT,
    "--pe: engine must be a name of 1 to 15 printable ASCII characters without spaces or slashes, got 'a/b'",
  ],
  [
    '-A -t 192.0.2.1:80 -o',
    INPUT,
    "-o: flags may only have one-packet with protocol udp or a firewall mark, got 'tcp'",
  ],
  ['-A -t 192.0.2.1:80 -M 24', INPUT, "-M: netmask must be an IPv4 mask; 24 bits are 255.255.255.0, got '24'"],
  ['-A -t 192.0.2.1:80 -b sh-bogus', INPUT, `-b: ${flags}, got 'sh-bogus'`],
  ['-A -t 192.0.2.1:80 -b sh-fallbck', INPUT, `-b: ${flags} (did you mean sh-fallback?), got 'sh-fallbck'`],
  ['-A -t 192.0.2.1:80 -b sticky', INPUT, `-b: ${flags}, got 'sticky'`],
  ['-A -t 192.0.2.1:80 -b sh-port', INPUT, "-b: flags may only have sh-port with scheduler sh, got 'wlc'"],
  ['-A -u 192.0.2.1:80 -b one-packet', INPUT, "-b: flags are set with --ops, got 'one-packet'"],
  ['-A -t 192.0.2.10:80', REFUSED, 'Cannot add service tcp 192.0.2.10:80: the service exists already (EEXIST)'],
  ['-E -t 192.0.2.1:80', REFUSED, 'Cannot update service tcp 192.0.2.1:80: no such service (ESRCH)'],
  ['-D -u 192.0.2.10:80', REFUSED, 'Cannot remove service udp 192.0.2.10:80: no such service (ESRCH)'],
  ['-Z -f 7', REFUSED, 'Cannot zero the counters of service fwmark 7: no such service (ESRCH)'],
  ['-L -f 7', LIST, 'Cannot list the destinations of service fwmark 7: no such service (ESRCH)'],
  // Servers
  [
    '-a -t 192.0.2.10:80 -r [2001:db8::1]:80',
    INPUT,
    "-r: address must be of the service's family, inet, unless forwarded through a tunnel, got '2001:db8::1'",
  ],
  [
    '-a -f 7 -6 -r 192.0.2.1 -m',
    INPUT,
    "-r: address must be of the service's family, inet6, unless forwarded through a tunnel, got '192.0.2.1'",
  ],
  ['-a -t 192.0.2.10:80 -r 192.0.2.1 -w -1', INPUT, "-w: weight must be an integer from 0 to 2147483647, got '-1'"],
  [
    '-a -t 192.0.2.10:80 -r 192.0.2.1 -w 2147483648',
    INPUT,
    '-w: weight must be an integer from 0 to 2147483647, got 2147483648',
  ],
  ['-a -t 192.0.2.10:80 -r 192.0.2.1 -w 1e3', INPUT, "-w: weight must be an integer from 0 to 2147483647, got '1e3'"],
  ['-a -t 192.0.2.10:80 -r 192.0.2.1 -y 5', INPUT, '-y: lowerThreshold must be at most the upper threshold, 0, got 5'],
  [
    '-a -t 192.0.2.10:80 -r 192.0.2.1 -x many',
    INPUT,
    "-x: upperThreshold must be an integer from 0 to 2147483647, got 'many'",
  ],
  ['-a -t 192.0.2.10:80 -r 192.0.2.1 -m --tun-type gue', INPUT, '--tun-type: tunnel requires --ipip'],
  ['-a -t 192.0.2.10:80 -r 192.0.2.1 --tun-csum', INPUT, '--tun-csum: checksum requires --ipip'],
  [
    '-a -t 192.0.2.10:80 -r 192.0.2.1 -i --tun-type vxlan',
    INPUT,
    "--tun-type: tunnel must be 'ipip', 'gue', 'gre', or '#' and a number up to 255, got 'vxlan'",
  ],
  [
    '-a -t 192.0.2.10:80 -r 192.0.2.1 -i --tun-type gue',
    INPUT,
    '-a without --tun-port: port must be an integer from 1 to 65535',
  ],
  [
    '-a -t 192.0.2.10:80 -r 192.0.2.1 -i --tun-type gre --tun-port 9',
    INPUT,
    '--tun-port: port is for gue; gre has none, got 9',
  ],
  [
    '-a -t 192.0.2.10:80 -r 192.0.2.1 -i --tun-type gre --tun-remcsum',
    INPUT,
    "--tun-remcsum: checksum must be 'nocsum' or 'csum' with gre, got 'remcsum'",
  ],
  [
    '-a -t 192.0.2.10:80 -r 192.0.2.1 -i --tun-nocsum',
    INPUT,
    '--tun-nocsum: checksum is for gue and gre; ipip has none',
  ],
  [
    '-a -t 192.0.2.10:80 -r 192.0.2.1 -i --tun-csum --tun-nocsum',
    INPUT,
    "--tun-nocsum: cannot be combined with --tun-csum; try 'ipvs --help'",
  ],
  [
    '-a -t 192.0.2.10:80 -r 192.0.2.20:8080 -m',
    REFUSED,
    'Cannot add destination 192.0.2.20:8080 to service tcp 192.0.2.10:80: the service has this destination already (EEXIST)',
  ],
  [
    '-e -t 192.0.2.10:80 -r 192.0.2.9 -m',
    REFUSED,
    'Cannot update destination 192.0.2.9:80 of service tcp 192.0.2.10:80: no such destination (ENOENT)',
  ],
  [
    '-d -t 192.0.2.10:80 -r 192.0.2.20',
    REFUSED,
    'Cannot remove destination 192.0.2.20:80 from service tcp 192.0.2.10:80: no such destination (ENOENT)',
  ],
  // Settings
  ['--set 900 120', INPUT, "--set: requires 3 arguments, TCP TCPFIN UDP; try 'ipvs --help'"],
  ['--set 900 120 300 1', INPUT, "unexpected argument '1'; try 'ipvs --help'"],
  ['--set 900 soon 300', INPUT, "tcpFin must be an integer from 1 to 21474836 (seconds), got 'soon'"],
  ['--set 0 0 21474837', INPUT, 'udp must be an integer from 1 to 21474836 (seconds), got 21474837'],
  [
    '--set 8589935 0 0',
    REFUSED,
    'Cannot set the timeouts: a timeout is larger than this kernel can count (INT_MAX / HZ seconds) (EINVAL)',
  ],
  ['--start-daemon standby', INPUT, "--start-daemon: state must be 'master' or 'backup', got 'standby'"],
  ['--start-daemon backup --mcast-group 192.0.2.1', INPUT, `--mcast-group: ${groups}, got '192.0.2.1'`],
  ['--start-daemon backup --syncid 256', INPUT, '--syncid: syncId must be an integer from 0 to 255, got 256'],
  [
    '--start-daemon backup --sync-maxlen 65508',
    INPUT,
    '--sync-maxlen: maxLength must be an integer from 1 to 65507 (bytes), got 65508',
  ],
  ['--start-daemon backup --mcast-ttl 0', INPUT, '--mcast-ttl: ttl must be an integer from 1 to 255, got 0'],
  [
    '--start-daemon backup --mcast-interface an-interface-too-long',
    INPUT,
    "--mcast-interface: interface must be a name of 1 to 15 printable ASCII characters without spaces or slashes, got 'an-interface-too-long'",
  ],
  [
    '--start-daemon backup --mcast-interface none0',
    REFUSED,
    'Cannot start the backup sync daemon on none0: no such network interface (ENODEV)',
  ],
  ['--start-daemon master', REFUSED, 'Cannot start the master sync daemon on eth0: it is already running (EEXIST)'],
  ['--stop-daemon backup', REFUSED, 'Cannot stop the backup sync daemon: it is not running (ESRCH)'],
  ['--stop-daemon master --mcast-port 1', INPUT, "--mcast-port: is not an option of --stop-daemon; try 'ipvs --help'"],
];

const OPERAND_MISSING = / (-t|-s|--scheduler)$/;

/** Runs a command on the table, and makes sure that the table is as it was. */
async function runOnTable(argv: readonly string[], input: string | Uint8Array = '') {
  writeFileSync(file, RULES);
  const [command = '', ...options] = argv;
  // Behind the command, where an operand is missing at the end; else at the end, where it cannot become an operand.
  const missing = OPERAND_MISSING.test(argv.join(' '));
  const words = missing ? [command, '--fake', file, ...options] : [...argv, '--fake', file];
  const outcome = await ipvs(words, input);
  expect(readFileSync(file, 'utf8')).toBe(RULES);
  expect(outcome.stdout).toBe('');
  return outcome;
}

describe('a command line that is wrong says how, in one line, and changes nothing', () => {
  test.each(lines)('%s', async (line, status, message) => {
    const outcome = await runOnTable(line.split(' '));
    expect(outcome).toEqual({ status, stdout: '', stderr: `ipvs: ${message}\n` });
  });

  test('with bytes that are no text', async () => {
    const outcome = await runOnTable(['-A', '-t', '\u0000\u001b[2J\n\ufffd:80']);
    expect(outcome.status).toBe(INPUT);
    expect(outcome.stderr).toBe(
      "ipvs: -t: address must be an address, or a name that has one, got '\\x00\\x1B[2J\\n\ufffd'\n",
    );
  });
});

describe('control characters do not reach the terminal', () => {
  const clear = '\u001b[2J\u001b]0;title\u0007\u009b31m';
  test.each([
    ['--netns', clear, '-Ln'],
    ['--netns', `/run/${clear}`, 'info'],
    ['--fake', join(tmpdir(), `${clear}/rules`), '-C'],
    ['-A', '-f', clear],
    [clear],
    ['info', clear],
    ['info', `--${clear}`],
    [`-${clear}`],
    ['-L', '--stats', `--${clear}`],
    ['-A', '-t', `192.0.2.1:${clear}`],
  ])('%j', async (...argv) => {
    const { status, stdout, stderr } = await ipvs(argv);
    expect(status).toBeGreaterThan(0);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^[^\p{Cc}]+\n$/u);
    expect(stderr).toContain('\\x1B');
  });
});

const server = '-a -t 192.0.2.10:80 -r 192.0.2.30';
const fileCommands = 'one of -A -E -D -C -a -e -d -Z --set --start-daemon --stop-daemon';
const files: [what: string, text: string | Uint8Array, message: string][] = [
  ['CR alone', '-C\r-A -f 1', "line 1, column 1: unknown option '-\\r'"],
  ['a command without its operand', '-C\n-A -t', 'line 2, column 4: -t: missing argument HOST[:PORT]'],
  [
    'a port of 70000',
    '-C\n-A -t 192.0.2.1:70000\n',
    'line 2, column 7: -t: port must be an integer from 0 to 65535, got 70000',
  ],
  ['a missing server', '-C\n\n-a -f 7\n', 'line 3, column 1: -a: requires --real-server'],
  [
    'port 0 without -p',
    '-C\n-A -t 192.0.2.1:0\n',
    'line 2, column 7: -t: port must be 1 to 65535; only a persistent service may have port 0, all ports, got 0',
  ],
  [
    'a tunnel option without -i',
    `-C\n${server} --tun-type gue --tun-port 1\n`,
    'line 2, column 46: --tun-type: tunnel requires --ipip',
  ],
  [
    'the wrong family',
    '-C\n-a -t 192.0.2.10:80 -r 2001:db8::1\n',
    "line 2, column 24: -r: address must be of the service's family, inet, unless forwarded through a tunnel, got '2001:db8::1'",
  ],
  [
    'a host nobody knows',
    '-C\n-A -t web.invalid:80\n',
    "line 2, column 7: -t: address must be an address, or a name that has one, got 'web.invalid'",
  ],
  [
    'a listing',
    '-C\n-L -n\n',
    "line 2, column 1: unknown command '-L' (one of -A -E -D -C -a -e -d -Z --set --start-daemon --stop-daemon)",
  ],
  [
    'a restore',
    '-C\n-R\n',
    "line 2, column 1: unknown command '-R' (one of -A -E -D -C -a -e -d -Z --set --start-daemon --stop-daemon)",
  ],
  ['an option of the command line', '-C\n-A -f 1 --netns blue\n', "line 2, column 9: unknown option '--netns'"],
  [
    'another program',
    '-C\niptables -F\n',
    "line 2, column 1: unknown command 'iptables' (one of -A -E -D -C -a -e -d -Z --set --start-daemon --stop-daemon)",
  ],
  [
    'another option',
    '-C\n-A -f 1 --schedler rr\n',
    "line 2, column 9: unknown option '--schedler' (did you mean --scheduler?)",
  ],
  ['what cannot be seen', '-C\n-A\u00a0-f 1\n', "line 2, column 1: unknown option '-\\u00A0'"],
  [
    'a byte order mark that is not at the start',
    '-C\n\ufeff-A -f 1\n',
    `line 2, column 1: unknown command '\\uFEFF-A' (${fileCommands})`,
  ],
  [
    'a listing of ipvsadm',
    'IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n',
    "line 1, column 1: not a rule but a line of a listing 'IP Virtual Server version 1.2.1 (size=4096)' (ipvsadm -S writes rules)",
  ],
  [
    'a server of a listing',
    '-C\n  -> 192.0.2.1:84  Route 5 0 0\n',
    "line 2, column 3: not a rule but a line of a listing '-> 192.0.2.1:84 Route 5 0 0' (ipvsadm -S writes rules)",
  ],
  [
    'a line for a shell',
    '-C\nsudo ipvsadm -A -f 1\n',
    "line 2, column 1: a rule begins with a command such as -A, not with 'sudo ipvsadm'",
  ],
  [
    'a line for a shell, with a path',
    '-C\n/sbin/ipvsadm -A -f 1\n',
    "line 2, column 1: a rule begins with a command such as -A, not with '/sbin/ipvsadm'",
  ],
  ['no mark', '-C\n-A -f\n', 'line 2, column 4: -f: missing argument MARK'],
  [
    'quotes',
    '-C\n-A -t "192.0.2.1:80"\n',
    `line 2, column 7: -t: address must be an address, or a name that has one, got '"192.0.2.1'`,
  ],
  [
    'a zero byte',
    '-C\n-A -t 192.0.2.1:80\0\n',
    "line 2, column 7: -t: port must be 0 to 65535, or the name of a tcp service in /etc/services, got '80\\x00'",
  ],
  [
    'bytes that are no text',
    Buffer.from([45, 67, 10, 255, 254, 0, 27, 10]),
    "line 2, column 1: unknown command '��\\x00\\x1B' (one of -A -E -D -C -a -e -d -Z --set --start-daemon --stop-daemon)",
  ],
  [
    'a line of 10 MB',
    `-C\n-A -t ${'9'.repeat(1e7)}:80\n`,
    `line 2, column 7: -t: address must be an address, or a name that has one, got '${'9'.repeat(80)}'... 9999920 more characters`,
  ],
  [
    'the last of many lines',
    `-C\n${'-A -f 1\n-D -f 1\n'.repeat(5000)}-A -f 2 -w`,
    'line 10002, column 9: -w: missing argument N',
  ],
  ['10 MB of options', `-C\n-${'C'.repeat(1e7)}`, 'line 2, column 1: -C: cannot be combined with -C'],
];

describe('a rules file that is wrong says where, in one line, and changes nothing', () => {
  test.each(files)('%s', async (_, text, message) => {
    const outcome = await runOnTable(['-R'], text);
    expect(outcome.stderr).toBe(`ipvs: stdin, ${message}\n`);
    expect(outcome.status).toBe(2);
  });

  test('also where it is the table to work on', async () => {
    writeFileSync(file, '-A -f 7\n-A -f 0\n');
    const outcome = await ipvs(['-C', '--fake', file]);
    const message = `${file}: line 2, column 7: -f: fwmark must be an integer from 1 to 4294967295, got 0`;
    expect(outcome).toEqual({ status: 2, stdout: '', stderr: `ipvs: ${message}\n` });
    writeFileSync(file, '-A -f 7\n\n-A -f 7\n');
    expect((await ipvs(['-C', '--fake', file])).stderr).toBe(
      `ipvs: ${file}: line 3: Cannot add service fwmark 7: the service exists already (EEXIST)\n`,
    );
    expect(readFileSync(file, 'utf8')).toBe('-A -f 7\n\n-A -f 7\n');
  });

  test('also where the table cannot be read or written', async () => {
    const missing = join(folder, 'nowhere', 'rules');
    const outcome = await ipvs(['-A', '-f', '1', '--fake', missing]);
    expect(outcome.status).toBe(2);
    expect(outcome.stderr).toMatch(/^ipvs: ENOENT: no such file or directory, open '.*nowhere'\n$/);
    expect((await ipvs(['-Ln', '--fake', folder])).stderr).toBe(`ipvs: ${folder}: is not a regular file\n`);
  });
});

test('there are more than sixty', () => {
  expect(lines.length + files.length).toBeGreaterThan(60);
});
