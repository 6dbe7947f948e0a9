import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { httpProbe, Pool, tcpProbe } from '../../../src/health/index.ts';
import { Ipvs } from '../../../src/ipvs/index.ts';
import { enterFreshNamespace } from '../../support/linux/namespace.ts';

/** Settings of both, in seconds; keepalived's `retry` is how many failures do not count. */
const [INTERVAL, TIMEOUT, FALL] = [1, 2, 2];

/** The longest that anything may take: each of the trials waits for its turn and for its time to be up. */
const LONGEST = FALL * (INTERVAL + TIMEOUT);

/**
 * How often a server comes and goes, each time until keepalived has seen it. Ours needs twice as many successes each time, so that
 * it misses a turn in the end, however slow the machine.
 */
const TURNS = 6;

const PORT = 8080;
const ours = { protocol: 'tcp', address: '192.0.2.1', port: 80, scheduler: 'rr' } as const;
const damped = { ...ours, port: 81 } as const;
const theirs = { ...ours, port: 82 } as const;

/** What becomes of servers, each with an address of its own, by the process that plays them. */
const processes = {
  killed: ['tcp killed', 'http killed'],
  hung: ['tcp hung', 'http hung'],
  well: ['tcp gone', 'http slow', 'http flapping'],
} as const;
type ProcessName = keyof typeof processes;
const names = Object.values(processes).flat();
type Name = (typeof names)[number];
const addressOf = (name: Name) => `10.9.0.${10 + names.indexOf(name)}`;
const isHttp = (name: Name) => name.startsWith('http');

/** Those that cannot be reached or do not answer, which a server that is only hung does: its kernel takes connections. */
const failing = names.filter((name) => name !== 'tcp hung' && name !== 'http flapping');

export function keepalivedTests(): void {
  describe('a pool beside keepalived on the same settings', () => {
    test('takes servers out and puts them back as soon', async () => {
      enterFreshNamespace();
      await using ipvs = await Ipvs.open();
      const servers = await startServers();
      const destinationOf = (name: Name) => ({
        address: addressOf(name),
        port: PORT,
        probes: [isHttp(name) ? httpProbe() : tcpProbe()],
      });
      const same = { interval: INTERVAL, timeout: TIMEOUT, fall: FALL, rise: 1, jitter: 0 };
      const destinations = [...failing, 'tcp hung' as const].map(destinationOf);
      await using _ = await Pool.start(ipvs, { ...same, service: ours, destinations, steady: 0 });
      // Keepalived knows no flapping; what ours does about it by itself is seen beside.
      await using __ = await Pool.start(ipvs, {
        ...same,
        service: damped,
        destinations: [destinationOf('http flapping')],
      });
      startKeepalived();
      const watch = Watch.start(ipvs);
      await watch.until(() => names.every((name) => watch.isIn(name)));

      const flapping = flap('http flapping', servers, watch);
      const failed = performance.now();
      servers.fail();
      await watch.until(() => failing.every((name) => watch.isOut(name)));
      await flapping;
      const mended = await servers.mend();
      await watch.until(() => failing.every((name) => watch.isIn(name)));
      await watch.stop();

      const rows = failing.map((name) => ({
        name,
        out: watch.secondsUntil(name, false, failed),
        back: watch.secondsUntil(name, true, mended.get(name) ?? Number.NaN),
      }));
      for (const { name, out, back } of rows) {
        const show = ([a, b]: readonly number[]) => `${a?.toFixed(1)} s, keepalived ${b?.toFixed(1)} s`;
        console.log(`${name}: out after ${show(out)}; back after ${show(back)}`);
      }
      const falls = watch.falls('http flapping');
      console.log(`http flapping: out ${falls[0]} times, keepalived ${falls[1]} times`);
      for (const { out, back } of rows) {
        // However slow the machine, one failure is not enough; the first may have been under way already.
        for (const seconds of out) expect(seconds).toBeGreaterThan(((FALL - 1) * INTERVAL) / 2);
        // It is as slow for keepalived.
        for (const [own = Number.NaN, other = Number.NaN] of [out, back])
          expect(own).toBeLessThan(2 * (other + LONGEST));
      }
      // A server that hangs still takes connections, for all that either of them can see.
      expect(watch.falls('tcp hung')).toEqual([0, 0]);
      expect(falls[0]).toBeGreaterThan(0);
      expect(falls[0]).toBeLessThan(falls[1] ?? 0);
    });
  });
}

/** Servers in a namespace of their own behind a pair of veth devices. */
async function startServers() {
  execFileSync('ip', ['-batch', '-'], { input: 'netns add servers\n' });
  onTestFinished(() => void execFileSync('ip', ['netns', 'delete', 'servers']));
  const addresses = names.map((name) => `addr add ${addressOf(name)}/24 dev v1`);
  // With the first address of a network the kernel deletes the others.
  const commands = ['link set v1 up', 'addr add 10.9.0.2/24 dev v1', ...addresses];
  execFileSync('ip', ['-batch', '-'], {
    input: 'link add v0 type veth peer name v1 netns servers\naddr add 10.9.0.1/24 dev v0\nlink set v0 up\n',
  });
  execFileSync('ip', ['-netns', 'servers', '-batch', '-'], { input: `${commands.join('\n')}\n` });
  const running = new Map<ProcessName, ChildProcess>();
  const start = async (name: ProcessName) => void running.set(name, await startServer(processes[name].map(addressOf)));
  const at = (name: ProcessName) => running.get(name) as ChildProcess;
  const say = (name: Name, manner: object) => void at('well').send({ address: addressOf(name), ...manner });
  const move = (what: 'add' | 'del', name: Name) =>
    execFileSync('ip', ['-netns', 'servers', 'addr', what, `${addressOf(name)}/24`, 'dev', 'v1']);
  await Promise.all((['killed', 'hung', 'well'] as const).map(start));
  return {
    fail() {
      at('hung').kill('SIGSTOP');
      at('killed').kill('SIGKILL');
      say('http slow', { delay: 3000 * TIMEOUT });
      move('del', 'tcp gone');
    },
    /** Resolves with when each was well again. */
    async mend() {
      at('hung').kill('SIGCONT');
      say('http slow', { delay: 0 });
      move('add', 'tcp gone');
      const times = new Map<Name, number>(names.map((name) => [name, performance.now()]));
      await start('killed');
      for (const name of processes.killed) times.set(name, performance.now());
      return times;
    },
    say,
  };
}

async function flap(name: Name, { say }: Awaited<ReturnType<typeof startServers>>, watch: Watch): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++)
    for (const status of [503, 200]) {
      say(name, { status });
      await watch.until(() => watch.has(name, 'keepalived') === (status === 200));
    }
}

async function startServer(addresses: readonly string[]): Promise<ChildProcess> {
  const program = new URL('../../support/http-server.mjs', import.meta.url).pathname;
  const server = fork(program, [String(PORT), ...addresses], {
    execPath: 'ip',
    execArgv: ['netns', 'exec', 'servers', process.execPath],
  });
  onTestFinished(() => void server.kill('SIGKILL'));
  await once(server, 'message');
  return server;
}

function startKeepalived(): void {
  const folder = mkdtempSync(join(tmpdir(), 'ipvs-keepalived-'));
  const config = join(folder, 'keepalived.conf');
  writeFileSync(config, configuration());
  const files = ['--pid', join(folder, 'pid'), '--checkers_pid', join(folder, 'checkers')];
  const child = spawn('keepalived', ['--check', '--dont-fork', '--log-console', '--use-file', config, ...files], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  onTestFinished(async () => {
    const ended = once(child, 'close');
    if (child.exitCode === null && child.kill('SIGTERM')) await ended;
    rmSync(folder, { recursive: true, force: true });
  });
}

function configuration(): string {
  const servers = names.map((name) => {
    const check = isHttp(name) ? 'HTTP_GET {\n url {\n path /\n status_code 200\n }\n }' : 'TCP_CHECK {\n }';
    return `real_server ${addressOf(name)} ${PORT} {\n weight 1\n ${check}\n }`;
  });
  return `virtual_server ${theirs.address} ${theirs.port} {
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    delay_loop ${INTERVAL}
    delay_before_retry ${INTERVAL}
    connect_timeout ${TIMEOUT}
    retry ${FALL - 1}
    ${servers.join('\n')}
}
`;
}

const sides = ['pool', 'keepalived'] as const;

/** Looks again and again which servers are in the table, for us and for keepalived. */
class Watch {
  readonly #ipvs: Ipvs;
  readonly #seen: { readonly time: number; readonly addresses: readonly ReadonlySet<string>[] }[] = [];
  readonly #watching: Promise<void>;
  #stopped = false;

  private constructor(ipvs: Ipvs) {
    this.#ipvs = ipvs;
    this.#watching = this.#watch();
  }

  static start(ipvs: Ipvs): Watch {
    const watch = new Watch(ipvs);
    onTestFinished(() => watch.stop());
    return watch;
  }

  async #watch(): Promise<void> {
    for (; !this.#stopped; await setTimeout(50)) {
      const reading = [[ours, damped], [theirs]].map(async (services) => {
        // Before keepalived has begun there is no service of its.
        const lists = await Promise.all(services.map((service) => this.#ipvs.destinations(service).catch(() => [])));
        return new Set(lists.flat().flatMap(({ address, weight }) => (weight > 0 ? [address] : [])));
      });
      this.#seen.push({ time: performance.now(), addresses: await Promise.all(reading) });
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#watching;
  }

  /** Waits; the test's own time ends what never comes. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await setTimeout(50);
  }

  has(name: Name, side: (typeof sides)[number]): boolean {
    return this.#seen.at(-1)?.addresses[sides.indexOf(side)]?.has(addressOf(name)) ?? false;
  }

  isIn(name: Name): boolean {
    return sides.every((side) => this.has(name, side));
  }

  isOut(name: Name): boolean {
    return !sides.some((side) => this.has(name, side));
  }

  /** Seconds from a time until a server was in the table, or was not, for us and for keepalived. */
  secondsUntil(name: Name, present: boolean, from: number): number[] {
    return [0, 1].map((i) => {
      const when = this.#seen.find(
        ({ time, addresses }) => time > from && addresses[i]?.has(addressOf(name)) === present,
      );
      return ((when?.time ?? Number.NaN) - from) / 1000;
    });
  }

  /** How often a server was taken out, by us and by keepalived. */
  falls(name: Name): number[] {
    return [0, 1].map((i) => {
      const present = this.#seen.map(({ addresses }) => addresses[i]?.has(addressOf(name)) ?? false);
      return present.filter((now, at) => !now && present[at - 1] === true).length;
    });
  }
}
