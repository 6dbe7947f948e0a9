import { Registry } from 'prom-client';
import { beforeEach, describe, expect, test } from 'vitest';
import { Ipvs } from '../../src/ipvs/index.ts';
import { formatMetrics } from '../../src/metrics/exposition.ts';
import { collectMetrics } from '../../src/metrics/index.ts';
import { createReader } from '../../src/metrics/reader.ts';
import { FakeKernel } from '../../src/testing/index.ts';

const web = { protocol: 'tcp', address: '192.0.2.1', port: 80 } as const;
const everything = { service: () => true, destinations: true };

let kernel: FakeKernel;
let ipvs: Ipvs;
beforeEach(async () => {
  kernel = new FakeKernel({ version: '7.2', links: { 'a"b\\c': { addresses: ['192.0.2.1/24'] } } });
  ipvs = await Ipvs.open({ kernel });
});

/** Without the time that reading took. */
function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('ipvs_scrape_duration_seconds '));
}

describe('the text of metrics', () => {
  test('is what prom-client writes, each metric in one piece', async () => {
    await ipvs.startDaemon({ state: 'master', interface: 'a"b\\c', syncId: 7 });
    await ipvs.addService(web);
    await ipvs.addDestination(web, { address: '10.0.0.1', port: 8080, upperThreshold: 4, lowerThreshold: 2 });
    await ipvs.addDestination(web, { address: '10.0.0.2', port: 8080 });
    await ipvs.addService({ fwmark: 77, family: 'inet6' });
    await ipvs.addDestination({ fwmark: 77, family: 'inet6' }, { address: '2001:db8::2', port: 0 });
    kernel.traffic(web, { connections: 7, incomingBytes: 2n ** 40n });
    kernel.tick();
    kernel.refuse('ENOMEM', { command: 'GET_SERVICE', times: 2 });
    const registry = new Registry();
    collectMetrics(ipvs, { registry });
    const read = createReader(ipvs, everything);
    await registry.metrics();
    await read();

    const lines = linesOf([...formatMetrics(await read())].join(''));
    expect([...lines].sort()).toEqual(linesOf(await registry.metrics()).sort());
    expect(lines).toContain('ipvs_sync_daemon_info{state="master",interface="a\\"b\\\\c",sync_id="7"} 1');
    const names = lines.map((line) => line.replace(/^# \w+ /, '').split(/[ {]/)[0]);
    const runs = names.filter((name, i) => name !== names[i - 1]);
    expect(new Set(runs).size).toBe(runs.length);
  });

  test('comes in pieces', async () => {
    await ipvs.addService(web);
    const ports = Array.from({ length: 1000 }, (_, i) => i + 1);
    await Promise.all(ports.map((port) => ipvs.addDestination(web, { address: '10.0.0.1', port })));
    const groups = await createReader(ipvs, everything)();
    const pieces = [...formatMetrics(groups)];
    expect(pieces.length).toBeGreaterThan(10);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(66_000);
    expect(pieces.every((piece) => piece.endsWith('\n'))).toBe(true);
    expect(pieces.join('').match(/^node_ipvs_backend_weight\{/gm)).toHaveLength(1000);
  });
});
