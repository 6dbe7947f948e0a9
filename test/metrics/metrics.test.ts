import { Registry } from 'prom-client';
import { beforeEach, describe, expect, test } from 'vitest';
import { Ipvs } from '../../src/ipvs/index.ts';
import { collectMetrics, type MetricsOptions } from '../../src/metrics/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';

const web = { protocol: 'tcp', address: '192.0.2.1', port: 80 } as const;
const server = { address: '10.0.0.1', port: 8080 };

let kernel: FakeKernel;
let ipvs: Ipvs;
let registry: Registry;
beforeEach(async () => {
  kernel = new FakeKernel({ version: '7.2' });
  ipvs = await Ipvs.open({ kernel });
  registry = new Registry();
  await ipvs.addService({ ...web, scheduler: 'rr' });
  await ipvs.addDestination(web, { ...server, weight: 3, upperThreshold: 4, lowerThreshold: 2 });
  kernel.traffic(web, {
    destination: server,
    connections: 7,
    incomingPackets: 10n,
    outgoingPackets: 9,
    incomingBytes: 2n ** 40n,
    outgoingBytes: 5,
    active: 3,
    inactive: 1,
  });
  kernel.tick();
});

/** The lines of the exposition that are values. */
async function lines(options: Partial<MetricsOptions> = {}): Promise<string[]> {
  collectMetrics(ipvs, { registry, ...options });
  return (await registry.metrics()).split('\n').filter((line) => line && !line.startsWith('#'));
}

const own = 'local_address="192.0.2.1",local_port="80",proto="TCP",local_mark=""';
const remote = 'remote_address="10.0.0.1",remote_port="8080"';

describe('metrics', () => {
  test("have node_exporter's names, types and labels", async () => {
    const found = await lines();
    expect(found.filter((line) => line.startsWith('node_'))).toEqual([
      'node_ipvs_connections_total 7',
      'node_ipvs_incoming_packets_total 10',
      'node_ipvs_outgoing_packets_total 9',
      'node_ipvs_incoming_bytes_total 1099511627776',
      'node_ipvs_outgoing_bytes_total 5',
      `node_ipvs_backend_connections_active{${own},${remote}} 3`,
      `node_ipvs_backend_connections_inactive{${own},${remote}} 1`,
      `node_ipvs_backend_weight{${own},${remote}} 3`,
    ]);
    const text = await registry.metrics();
    expect(text).toContain('# HELP node_ipvs_incoming_bytes_total The total amount of incoming data.\n');
    expect(text).toContain('# TYPE node_ipvs_incoming_bytes_total counter\n');
    expect(text).toContain('# TYPE node_ipvs_backend_weight gauge\n');
  });

  test('tell of services, destinations, daemons and the table', async () => {
    await ipvs.startDaemon({ state: 'master', interface: 'd0', syncId: 7 });
    const found = await lines();
    const labels = `${own},family="inet"`;
    for (const line of [
      `ipvs_service_info{${labels},scheduler="rr"} 1`,
      `ipvs_service_connections_total{${labels}} 7`,
      `ipvs_destination_incoming_bytes_total{${labels},${remote}} 1099511627776`,
      `ipvs_destination_upper_threshold{${labels},${remote}} 4`,
      `ipvs_destination_lower_threshold{${labels},${remote}} 2`,
      `ipvs_destination_at_upper_threshold{${labels},${remote}} 1`,
      'ipvs_sync_daemon_info{state="master",interface="d0",sync_id="7"} 1',
      'ipvs_connection_table_buckets 256',
      'ipvs_connection_table_connections 0',
      'ipvs_up 1',
    ])
      expect(found).toContain(line);
  });

  test('label a firewall mark as /proc/net/ip_vs writes it, and IPv6', async () => {
    await ipvs.removeService(web);
    for (const family of ['inet', 'inet6'] as const) await ipvs.addService({ fwmark: 0xabcd, family });
    await ipvs.addService({ ...web, address: '2001:db8::1' });
    await ipvs.addDestination({ fwmark: 0xabcd, family: 'inet6' }, { address: '2001:db8::2', port: 0 });
    const found = await lines();
    expect(found).toContain(
      'node_ipvs_backend_weight{local_address="",local_port="0",proto="FWM",local_mark="0000ABCD",remote_address="2001:db8::2",remote_port="0"} 1',
    );
    expect(found.filter((line) => line.startsWith('ipvs_service_info'))).toHaveLength(3);
    expect(new Set(found).size).toBe(found.length);
  });

  test('add up what node_exporter cannot tell apart: servers behind the same mark in both families', async () => {
    const [inet, inet6] = [{ fwmark: 77 }, { fwmark: 77, family: 'inet6' }] as const;
    for (const service of [inet, inet6]) {
      await ipvs.addService(service);
      await ipvs.addDestination(service, { ...server, port: 0, weight: 5, forwarding: { tunnel: 'ipip' } });
      kernel.traffic(service, { destination: { ...server, port: 0 }, active: 2, inactive: 1 });
    }
    const marked = (await lines()).filter((line) => line.includes('"0000004D"'));
    const labels =
      'local_address="",local_port="0",proto="FWM",local_mark="0000004D",remote_address="10.0.0.1",remote_port="0"';
    expect(marked.filter((line) => line.startsWith('node_'))).toEqual([
      `node_ipvs_backend_connections_active{${labels}} 4`,
      `node_ipvs_backend_connections_inactive{${labels}} 2`,
      `node_ipvs_backend_weight{${labels}} 10`,
    ]);
    expect(marked.filter((line) => line.startsWith('ipvs_destination_connections_total'))).toHaveLength(2);
  });

  test('read the table once for a scrape', async () => {
    await lines();
    const dumps = () =>
      kernel.requests.filter(({ command, dump }) => dump && command === 'IPVS_CMD_GET_SERVICE').length;
    const before = dumps();
    await registry.metrics();
    await registry.metrics();
    expect(dumps() - before).toBe(2);
  });

  test('can be of fewer', async () => {
    await ipvs.addService({ ...web, port: 81 });
    const found = await lines({ service: ({ port }) => port === 81, destinations: false });
    expect(found.filter((line) => line.startsWith('ipvs_service_info'))).toHaveLength(1);
    expect(found.some((line) => /destination|backend/.test(line))).toBe(false);
    expect(found).toContain('node_ipvs_connections_total 7');
  });

  test('count what goes wrong, and then tell nothing else', async () => {
    await lines();
    kernel.refuse('ENOMEM', { command: 'GET_SERVICE' });
    const text = await registry.metrics();
    expect(text).toContain('ipvs_up 0\n');
    expect(text).toContain('ipvs_scrape_errors_total{code="ENOMEM"} 1\n');
    expect(text).not.toMatch(/^(node_ipvs|ipvs_service)/m);
    expect(await registry.metrics()).toContain('ipvs_up 1\n');
  });

  test('go without what only root may read', async () => {
    const plain = await Ipvs.open({ kernel });
    const status = async () => {
      throw Object.assign(new Error('no'), { code: 'EACCES' });
    };
    collectMetrics(Object.assign(Object.create(plain), bound(plain), { status }), { registry });
    expect(await registry.metrics()).toContain('ipvs_up 1\n');
  });

  test.each([{ registry: {} }, { service: 'all' }, { labels: [] }])('throw for the options %j', (options) => {
    const wrong = { registry, ...options } as unknown as MetricsOptions;
    expect(() => collectMetrics(ipvs, wrong)).toThrow(expect.objectContaining({ code: 'ERR_INPUT' }));
  });
});

/** The methods that a scrape calls, each with its owner. */
function bound(of: Ipvs): Partial<Ipvs> {
  return {
    statistics: () => of.statistics(),
    daemons: () => of.daemons(),
    info: () => of.info(),
    table: () => of.table(),
  };
}
