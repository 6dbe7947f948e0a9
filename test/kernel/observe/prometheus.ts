import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Interruption } from '../../../src/cli/failure.ts';
import { run } from '../../../src/cli/run.ts';
import { Ipvs } from '../../../src/ipvs/index.ts';
import { ipvsadm } from '../../support/ipvsadm/ipvsadm.ts';
import { sendDatagram } from '../../support/linux/datagram.ts';
import { freezeEstimates } from '../../support/linux/estimates.ts';
import { enterFreshNamespace } from '../../support/linux/namespace.ts';

/** The estimator brings the counters up to date every two seconds (net/netfilter/ipvs/ip_vs_est.c). */
const ESTIMATED = 2500;

const OURS = '127.0.0.1:9948';
const THEIRS = '127.0.0.1:9100';
const PROMETHEUS = '127.0.0.1:9090';

/** Seconds until all three programs are up and have met; an emulated machine takes 20. */
const PATIENCE = 100;

/** Services of every kind; the last two have the same mark and the same server. */
const rules = `
-A -t 192.0.2.1:80 -s rr
-a -t 192.0.2.1:80 -r 192.0.2.30:8080 -m -w 3
-a -t 192.0.2.1:80 -r 192.0.2.31:8080 -m -w 0
-A -t [2001:db8::1]:443 -s wlc
-a -t [2001:db8::1]:443 -r [2001:db8::30]:8443 -m -w 100
-A -u 192.0.2.14:53 -s rr -o
-a -u 192.0.2.14:53 -r 192.0.2.30 -g -w 7
-A -u 192.0.2.14:54 -s rr
-a -u 192.0.2.14:54 -r 192.0.2.30 -m -w 8
-A -f 4294967295 -s rr
-a -f 4294967295 -r 192.0.2.30:0 -g -w 1
-A -f 77 -s rr
-a -f 77 -r 192.0.2.40:0 -i -w 5
-A -f 77 -6 -s rr
-a -f 77 -6 -r 192.0.2.40:0 -i -w 6
`.trimStart();

/** A sample as Prometheus answers it. */
interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

/** A real Prometheus, and a real node_exporter beside ours. */
export function prometheusTests(): void {
  describe('Prometheus', () => {
    test('has of our exporter what it has of node_exporter, and more', async () => {
      enterFreshNamespace();
      ipvsadm(['-R'], rules);
      await using ipvs = await Ipvs.open();
      for (let i = 0; i < 9; i++) sendDatagram('192.0.2.14', 53 + (i % 2), Buffer.alloc(1000));
      await setTimeout(ESTIMATED);
      await freezeEstimates(ipvs);

      await startExporter();
      start('prometheus-node-exporter', [
        '--collector.disable-defaults',
        '--collector.ipvs',
        `--web.listen-address=${THEIRS}`,
      ]);
      startPrometheus();

      const theirs = await query('{__name__=~"node_ipvs_.+",job="node"}');
      const ours = await query('{__name__=~"node_ipvs_.+",job="ipvs"}');
      const names = new Set(theirs.map(({ metric }) => metric['__name__']));
      expect([...names].sort()).toEqual([
        'node_ipvs_backend_connections_active',
        'node_ipvs_backend_connections_inactive',
        'node_ipvs_backend_weight',
        'node_ipvs_connections_total',
        'node_ipvs_incoming_bytes_total',
        'node_ipvs_incoming_packets_total',
        'node_ipvs_outgoing_bytes_total',
        'node_ipvs_outgoing_packets_total',
      ]);
      expect(comparable(ours)).toEqual(comparable(theirs));
      // Seven different pairs of a service and a server: those of the two marks are one to node_exporter.
      expect(theirs).toHaveLength(5 + 3 * 7);

      const sums = await query('sum by (job) (node_ipvs_backend_weight)');
      expect(sums.map(({ metric, value }) => [metric['job'], value[1]]).sort()).toEqual([
        ['ipvs', '130'],
        ['node', '130'],
      ]);
      const [bytes] = await query('node_ipvs_incoming_bytes_total{job="ipvs"}');
      expect(Number(bytes?.value[1])).toBe(9 * 1028);
      const services = await query('ipvs_service_incoming_packets_total{job="ipvs",proto="UDP"}');
      expect(services.map(({ metric, value }) => [metric['local_port'], value[1]]).sort()).toEqual([
        ['53', '5'],
        ['54', '4'],
      ]);
      expect((await query('ipvs_up')).map(({ value }) => value[1])).toEqual(['1']);
      // Two samples of the same name and labels, of which Prometheus would keep one.
      const own = await (await fetch(`http://${PROMETHEUS}/metrics`)).text();
      expect(own).toMatch(/^prometheus_target_scrapes_sample_duplicate_timestamp_total 0$/m);
    });
  });
}

/** The command `ipvs exporter`, until the test is over. */
async function startExporter(): Promise<void> {
  const controller = new AbortController();
  let output = '';
  let listening = () => {};
  const ready = new Promise<void>((resolve) => {
    listening = resolve;
  });
  const stream = {
    write(text: string) {
      output += text;
      if (output.includes('listening on')) listening();
    },
  };
  const ended = run(['exporter', '--listen', OURS], {
    stdin: (async function* () {})(),
    stdout: stream,
    stderr: stream,
    listenForInterrupt: () => controller.signal,
  });
  onTestFinished(async () => {
    controller.abort(new Interruption('SIGTERM', 143));
    await ended;
  });
  const failed = ended.then((status) => Promise.reject(new Error(`The exporter ended with ${status}: ${output}`)));
  await Promise.race([ready, failed]);
  failed.catch(() => {});
}

function startPrometheus(): void {
  const folder = mkdtempSync(join(tmpdir(), 'ipvs-prometheus-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const config = join(folder, 'prometheus.yml');
  writeFileSync(
    config,
    JSON.stringify({
      global: { scrape_interval: '2s', scrape_timeout: '2s' },
      scrape_configs: [
        { job_name: 'ipvs', static_configs: [{ targets: [OURS] }] },
        { job_name: 'node', static_configs: [{ targets: [THEIRS] }] },
      ],
    }),
  );
  start('prometheus', [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${PROMETHEUS}`,
    '--log.level=warn',
  ]);
}

/** Starts a program that ends with the test. */
function start(program: string, args: readonly string[]): void {
  const child: ChildProcess = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  onTestFinished(async () => {
    const ended = new Promise((resolve) => child.once('close', resolve));
    if (child.exitCode === null && child.kill('SIGKILL')) await ended;
  });
}

/** What Prometheus answers, once it answers anything. */
async function query(expression: string): Promise<Sample[]> {
  const url = `http://${PROMETHEUS}/api/v1/query?query=${encodeURIComponent(expression)}`;
  let last: unknown;
  for (let second = 0; second < PATIENCE; second++) {
    try {
      const { data } = (await (await fetch(url)).json()) as { data?: { result: Sample[] } };
      if (data && data.result.length > 0) return data.result;
      last = 'no samples';
    } catch (error) {
      last = error;
    }
    await setTimeout(1000);
  }
  throw new Error(`Prometheus does not answer ${expression}`, { cause: last });
}

/** Samples by name and labels, but for where they were scraped. */
function comparable(samples: readonly Sample[]): string[] {
  return samples
    .map(({ metric: { job: _job, instance: _instance, ...labels }, value }) => {
      const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
      return `${JSON.stringify(pairs)} ${value[1]}`;
    })
    .sort();
}
