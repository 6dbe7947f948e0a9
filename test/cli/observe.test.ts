import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Interruption } from '../../src/cli/failure.ts';
import { run } from '../../src/cli/run.ts';
import { ipvs } from '../support/cli.ts';

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipvs-observe-'));
  file = join(folder, 'rules');
  writeFileSync(file, '-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 10.0.0.1:8080 -m -w 3\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a command that goes on until it is interrupted; `act` is called with each text that it writes. */
async function running(argv: readonly string[], act: (text: string, interrupt: () => void) => void): Promise<number> {
  const controller = new AbortController();
  const interrupt = () => controller.abort(new Interruption('SIGTERM', 143));
  const output = { write: (text: string) => act(text, interrupt) };
  return run([...argv, '--fake', file], {
    stdin: (async function* () {})(),
    stdout: output,
    stderr: output,
    listenForInterrupt: () => controller.signal,
  });
}

describe('watch', () => {
  test('prints a line for each change until it is interrupted', async () => {
    let printed = '';
    const code = await running(['watch'], (text, interrupt) => {
      printed += text;
      if (printed.split('\n').length > 2) interrupt();
    });
    expect(printed).toBe(
      'service tcp 192.0.2.1:80 added: scheduler rr\n' +
        'destination 10.0.0.1:8080 of tcp 192.0.2.1:80 added: forwarding masquerade, weight 3, upperThreshold 0, lowerThreshold 0\n',
    );
    expect(code).toBe(143);
  });

  test('prints lines of JSON', async () => {
    const events: unknown[] = [];
    await running(['watch', '--json', '--interval', '500ms'], (text, interrupt) => {
      if (events.push(JSON.parse(text)) === 2) interrupt();
    });
    expect(events).toMatchObject([
      { type: 'addService', service: { port: 80, statistics: { connections: '0' } } },
      { type: 'addDestination', service: { port: 80 }, destination: { port: 8080, weight: 3 } },
    ]);
  });

  test.each(['0', 'soon', '-1'])('refuses the interval %s', async (interval) => {
    expect(await ipvs(['watch', `--interval=${interval}`, '--fake', file])).toMatchObject({ status: 2, stdout: '' });
  });
});

describe('exporter', () => {
  test('serves metrics and its health until it is interrupted', async () => {
    const answers: Record<string, [number, string]> = {};
    let asked: Promise<void> | undefined;
    const code = await running(['exporter', '--listen', '127.0.0.1:0'], (text, interrupt) => {
      const [url = ''] = /http:\S+/.exec(text) ?? [];
      asked = ask(url, answers).finally(interrupt);
    });
    await asked;
    expect(code).toBe(0);
    expect(answers['/metrics']?.[0]).toBe(200);
    expect(answers['/metrics']?.[1]).toContain(
      'node_ipvs_backend_weight{local_address="192.0.2.1",local_port="80",proto="TCP",local_mark="",remote_address="10.0.0.1",remote_port="8080"} 3\n',
    );
    expect(answers).toMatchObject({ '/healthz': [200, 'ok\n'], '/': [404, expect.anything()] });
  });

  test('closes after 5 seconds what is still connected when it is interrupted', async () => {
    const silent = new Socket();
    onTestFinished(() => void silent.destroy());
    let interrupt = () => {};
    let ended: Promise<number> | undefined;
    const url = await new Promise<string>((resolve) => {
      ended = running(['exporter', '--listen', '127.0.0.1:0'], (text, abort) => {
        interrupt = abort;
        resolve(/http:\S+/.exec(text)?.[0] ?? '');
      });
    });
    await once(silent.connect(Number(new URL(url).port), '127.0.0.1'), 'connect');
    await ask(url, {}); // connections are taken in turn
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const closed = once(silent.resume(), 'close');
    interrupt();
    await setImmediate();
    await vi.advanceTimersByTimeAsync(4999);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    await closed;
    expect(await ended).toBe(0);
  });

  test('ends as usual when it is interrupted before it listens', async () => {
    expect(await ipvs(['exporter', '--listen', '127.0.0.1:0', '--fake', file], '', AbortSignal.abort())).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/^ipvs: listening on \S+\n$/),
    });
  });

  test.each(['9948', 'a:b', '::1:80', '1.2.3.4:70000'])('refuses to listen on %s', async (listen) => {
    expect(await ipvs(['exporter', '--listen', listen, '--fake', file])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--listen must be ADDRESS:PORT'),
    });
  });

  test('says when it cannot listen', async () => {
    const outcome = await ipvs(['exporter', '--listen', '192.0.2.77:1', '--fake', file]);
    expect(outcome).toMatchObject({ status: 2, stderr: expect.stringContaining('EADDRNOTAVAIL') });
  });
});

async function ask(url: string, answers: Record<string, [number, string]>): Promise<void> {
  for (const path of ['/metrics', '/healthz', '/']) {
    const response = await fetch(new URL(path, url));
    answers[path] = [response.status, await response.text()];
  }
}
