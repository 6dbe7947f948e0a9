import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Pool, type PoolEvent, type PoolOptions, type Probe, tcpProbe } from '../../src/health/index.ts';
import { InputError, Ipvs } from '../../src/ipvs/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';
import { web } from '../contract/expected.ts';

const a = { address: '10.0.0.5', port: 80, weight: 4 };
const b = { address: '10.0.0.6', port: 80 };
const sorry = { address: '10.0.0.9', port: 80 };

/** Soon, but with turns of the loop between. */
const often = { interval: 0.001, jitter: 0, rise: 1, fall: 1, steady: 0 };

let kernel: FakeKernel;
let ipvs: Ipvs;
let pool: Pool | undefined;

beforeEach(async () => {
  kernel = new FakeKernel();
  ipvs = await Ipvs.open({ kernel });
});
afterEach(async () => {
  await pool?.stop();
  pool = undefined;
  await ipvs.close();
});

function standStill(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Servers that are well or not, as a test says. */
class Servers {
  readonly down = new Set<string>();
  readonly tried: string[] = [];
  readonly events: PoolEvent[] = [];

  readonly probe: Probe = async ({ address }) => {
    this.tried.push(address);
    if (this.down.has(address)) throw new Error('it is down');
  };

  async start(options: Partial<PoolOptions> = {}): Promise<void> {
    const onEvent = (event: PoolEvent) => void this.events.push(event);
    pool = await Pool.start(ipvs, {
      service: web,
      destinations: [a, b],
      probes: [this.probe],
      onEvent,
      ...often,
      ...options,
    });
  }

  /** Waits for an event. */
  async until(type: PoolEvent['type']): Promise<PoolEvent> {
    for (;;) {
      const event = this.events.shift();
      if (event?.type === type) return event;
      if (!event) await turn();
    }
  }
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 1));

/** Waits until the weights are such; 10.0.0.5 is .5. */
async function weights(expected: Record<string, number>): Promise<void> {
  for (;;) {
    const found = (await ipvs.destinations(web)).map(({ address, weight }) => [address.replace('10.0.0', ''), weight]);
    const sorted = JSON.stringify(Object.entries(expected).sort());
    if (JSON.stringify(found.sort()) === sorted) return;
    await turn();
  }
}

describe('a pool', () => {
  test('adds its service and servers, takes a dead one out and puts it back with its weight', async () => {
    const servers = new Servers();
    await servers.start();
    await weights({ '.5': 4, '.6': 1 });
    servers.down.add(a.address);
    expect(await servers.until('down')).toMatchObject({
      destination: a,
      error: { code: 'ERR_PROBE', message: 'it is down' },
    });
    await weights({ '.6': 1 });
    expect(pool?.members).toMatchObject([
      { destination: a, up: false, error: { message: 'it is down' } },
      { up: true },
    ]);
    servers.down.clear();
    expect(await servers.until('up')).toEqual({ type: 'up', destination: a });
    await weights({ '.5': 4, '.6': 1 });
  });

  test('leaves a dead one its place and its connections where it is told to inhibit', async () => {
    const servers = new Servers();
    await servers.start({ inhibit: true });
    kernel.traffic(web, { destination: a, active: 3 });
    servers.down.add(a.address);
    await weights({ '.5': 0, '.6': 1 });
    servers.down.clear();
    await weights({ '.5': 4, '.6': 1 });
    const [, server] = await ipvs.destinations(web);
    expect(server).toMatchObject({ address: a.address, activeConnections: 3 });
  });

  test('gives servers that are in the table already all of their settings, and again where others change them', async () => {
    const options = { forwarding: 'direct-route', upperThreshold: 500 } as const;
    const [up, down] = [
      { ...a, ...options },
      { ...b, ...options },
    ] as const;
    const wanted = (server: typeof a | typeof b, weight: number) => ({ ...server, weight, lowerThreshold: 0 });
    await ipvs.addService(web);
    await ipvs.addDestination(web, { ...a, upperThreshold: 10, lowerThreshold: 5 });
    const servers = new Servers();
    servers.down.add(b.address);
    await servers.start({ destinations: [up, down], inhibit: true });
    await servers.until('down');
    await weights({ '.5': 4, '.6': 0 });
    expect(await ipvs.destinations(web)).toMatchObject([wanted(down, 0), wanted(up, 4)]);
    await ipvs.patchDestination(web, up, { forwarding: 'masquerade', upperThreshold: 7 });
    while ((await ipvs.destination(web, up))?.upperThreshold === 7) await turn();
    expect(await ipvs.destination(web, up)).toMatchObject(wanted(up, 4));
  });

  test('takes a dead server out though another cannot be put in', async () => {
    const servers = new Servers();
    servers.down.add(sorry.address);
    await servers.start({ destinations: [a, b, sorry], initially: 'down' });
    await weights({ '.5': 4, '.6': 1 });
    kernel.refuse('EINVAL', { command: 'IPVS_CMD_NEW_DEST', times: 1e6 });
    servers.down.delete(sorry.address);
    expect(await servers.until('error')).toMatchObject({ error: { code: 'EINVAL' } });
    servers.down.add(a.address);
    await weights({ '.6': 1 });
  });

  test('leaves those that serve where the fallback cannot be put in', async () => {
    const servers = new Servers();
    await servers.start({ fallback: sorry, quorum: 4 });
    kernel.refuse('EINVAL', { command: 'IPVS_CMD_NEW_DEST', times: 1e6 });
    servers.down.add(a.address);
    await servers.until('error');
    await weights({ '.5': 4, '.6': 1 });
  });

  test('uses the fallback alone, and only without a quorum', async () => {
    const servers = new Servers();
    await servers.start({ fallback: sorry, quorum: 4 });
    await weights({ '.5': 4, '.6': 1 });
    servers.down.add(a.address);
    expect(await servers.until('quorum')).toEqual({ type: 'quorum', reached: false });
    expect(pool?.hasQuorum).toBe(false);
    await weights({ '.9': 1 });
    servers.down.clear();
    expect(await servers.until('quorum')).toEqual({ type: 'quorum', reached: true });
    await weights({ '.5': 4, '.6': 1 });
  });

  test('loses and reaches its quorum with hysteresis', async () => {
    const servers = new Servers();
    const c = { address: '10.0.0.7', port: 80 };
    await servers.start({ destinations: [{ ...a, weight: 1 }, b, c], quorum: 2, hysteresis: 1 });
    servers.down.add(a.address).add(b.address);
    await servers.until('down');
    await servers.until('down');
    expect(pool?.hasQuorum).toBe(true);
    servers.down.add(c.address);
    expect(await servers.until('quorum')).toMatchObject({ reached: false });
    servers.down.delete(a.address);
    servers.down.delete(b.address);
    await servers.until('up');
    await servers.until('up');
    expect(pool?.hasQuorum).toBe(false);
    servers.down.delete(c.address);
    expect(await servers.until('quorum')).toMatchObject({ reached: true });
  });

  test('takes so many failures in a row, and so many successes', async () => {
    const servers = new Servers();
    const answers = ['-', '-', '+', '-', '-', '-', '+', '-', '+', '+'];
    let tried = 0;
    const changes: number[] = [];
    const probe: Probe = async () => {
      if (answers[tried++] === '-') throw new Error('not now');
    };
    const onEvent = () => void changes.push(tried);
    await servers.start({ destinations: [a], probes: [probe], rise: 2, fall: 3, onEvent, interval: 0.005 });
    while (tried <= answers.length) await turn();
    // With the last server goes the quorum, an event of its own.
    expect(changes).toEqual([6, 6, 10, 10]);
  });

  test('never tries a server twice at once, even one that hangs, which it takes out', async () => {
    const servers = new Servers();
    const hanging: (() => void)[] = [];
    let [underWay, most] = [0, 0];
    const probe: Probe = ({ address }) => {
      if (address === b.address) return Promise.resolve();
      most = Math.max(most, ++underWay);
      return new Promise<void>((resolve) => hanging.push(resolve)).then(() => void underWay--);
    };
    await servers.start({ probes: [probe], timeout: 0.001, fall: 3 });
    expect(await servers.until('down')).toMatchObject({
      destination: a,
      error: { message: 'No answer in 0.001 seconds' },
    });
    expect([hanging.length, most]).toEqual([1, 1]);
    while (underWay > 0 || hanging.length === 1) {
      for (const answer of hanging) answer();
      await turn();
    }
    expect(most).toBe(1);
  });

  test.each([
    { what: 'was busy', milliseconds: 200 },
    { what: 'stood still', milliseconds: 1500 },
  ])('takes no server out because this process $what while its answer came', async ({ milliseconds }) => {
    const [listener, servers] = [createServer().listen(0, '127.0.0.1'), new Servers()];
    await once(listener, 'listening');
    const destination = { address: '127.0.0.1', port: (listener.address() as AddressInfo).port };
    let tries = 0;
    const probe: Probe = (target, options) => {
      const trial = tcpProbe()(target, options);
      // After connect(2), which the other end has answered when this ends.
      if (tries++ === 0) process.nextTick(standStill, milliseconds);
      return trial;
    };
    try {
      await servers.start({ destinations: [destination], probes: [probe], timeout: 0.05 });
      while (tries < 5) await turn();
      expect(servers.events.map(({ type }) => type)).not.toContain('down');
    } finally {
      await pool?.stop();
      listener.close();
    }
  });

  test('raises the weight of a server that comes up in steps', async () => {
    const servers = new Servers();
    await servers.start({ destinations: [{ ...a, weight: 100 }, b], inhibit: true, slowStart: 1 });
    servers.down.add(a.address);
    await weights({ '.5': 0, '.6': 1 });
    kernel.requests.length = 0;
    servers.down.clear();
    await weights({ '.5': 100, '.6': 1 });
    const given = kernel.requests
      .filter(({ command }) => command === 'IPVS_CMD_SET_DEST')
      .map(({ fields }) => (fields as { destination: { weight: number } }).destination.weight);
    expect(given.length).toBeGreaterThan(1);
    expect(given).toEqual(given.toSorted((one, other) => one - other));
    expect(given.at(-1)).toBe(100);
  });

  test('makes good what others change of its servers, and leaves others alone', async () => {
    const servers = new Servers();
    await servers.start();
    const other = { address: '10.0.0.7', port: 80 };
    await ipvs.addDestination(web, other);
    await ipvs.removeDestination(web, a);
    await ipvs.patchDestination(web, b, { weight: 9 });
    await weights({ '.5': 4, '.6': 1, '.7': 1 });
    await ipvs.flush();
    while ((await ipvs.services()).length === 0) await turn();
    await weights({ '.5': 4, '.6': 1 });
  });

  test('tells what keeps it from changing the table, and tries again', async () => {
    const servers = new Servers();
    await servers.start();
    kernel.refuse('ENOMEM', { command: 'IPVS_CMD_DEL_DEST' });
    servers.down.add(a.address);
    expect(await servers.until('error')).toMatchObject({ error: { code: 'ENOMEM' } });
    await weights({ '.6': 1 });
  });

  test('begins with servers down where it is told so, and tries none that has no probe', async () => {
    const servers = new Servers();
    servers.down.add(a.address);
    await servers.start({ initially: 'down', destinations: [a, { ...b, probes: [] }] });
    await weights({ '.6': 1 });
    servers.down.clear();
    await weights({ '.5': 4, '.6': 1 });
    expect(new Set(servers.tried)).toEqual(new Set([a.address]));
  });

  test('takes all probes of a server to be well', async () => {
    const servers = new Servers();
    const failing: Probe = () => Promise.reject('no');
    await servers.start({ destinations: [a, { ...b, probes: [servers.probe, failing] }] });
    expect(await servers.until('down')).toMatchObject({ destination: b, error: { message: 'no' } });
  });

  test('stops at once, aborts what it tries, and leaves the table', async () => {
    const servers = new Servers();
    let aborted = false;
    const probe: Probe = (_, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(signal.reason);
        });
      });
    await servers.start({ probes: [probe], timeout: 1000, interval: 1000 });
    await turn();
    await pool?.stop();
    expect(aborted).toBe(true);
    await weights({ '.5': 4, '.6': 1 });
    expect(servers.events).toEqual([]);
  });

  test('does not start where the table cannot be changed', async () => {
    kernel.refuse('EPERM', { command: 'IPVS_CMD_NEW_SERVICE' });
    await expect(new Servers().start()).rejects.toMatchObject({ reason: 'not-permitted' });
  });

  test.each<[object, string]>([
    [{ interval: 0 }, 'pool.interval must be a number from 0.001'],
    [{ rise: 0 }, 'pool.rise must be an integer from 1'],
    [{ jitter: 2 }, 'pool.jitter must be a number from 0 to 1'],
    [{ quorum: 2, hysteresis: 2 }, 'pool.hysteresis must be an integer from 0 to 1'],
    [{ hysteresis: 1 }, 'pool.hysteresis must be an integer from 0 to 0'],
    [{ initially: 'on' }, "pool.initially must be 'up' or 'down'"],
    [{ destinations: [a, { ...a, weight: 2 }] }, 'pool.destinations must not name one twice'],
    [{ destinations: [{ ...a, weight: -1 }] }, 'destination.weight must be an integer'],
    [{ probes: tcpProbe() }, 'pool.probes must be an array of probes'],
    [{ probes: ['tcp'] }, 'pool.probes[0] must be a probe, such as tcpProbe()'],
    [{ destinations: [{ ...a, probes: [{}] }] }, 'pool.destinations[0].probes[0] must be a probe'],
    [{ fallback: a }, 'pool.fallback must not be one of the destinations'],
    [{ intervall: 1 }, 'pool.intervall is unknown (did you mean interval?)'],
  ])('refuses %j', async (options, message) => {
    const starting = new Servers().start(options);
    await expect(starting).rejects.toThrow(InputError);
    await expect(starting).rejects.toThrow(message);
    expect(await ipvs.services()).toEqual([]);
  });
});
