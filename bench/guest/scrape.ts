// A table scraped by node_exporter and by the command `ipvs exporter`, in turns: `scrape IPVS SERVICES DESTINATIONS_EACH
// ROUNDS`. IPVS is our command. Prints a line of JSON for each scrape.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { Ipvs } from 'ipvs';
import { reconcile } from 'ipvs/reconcile';
import type { Scrape } from '../scrape.ts';

/** After as many, an exporter that runs for days has compiled what it runs and its memory has settled. */
const WARM_UP_ROUNDS = 3;
/** The unit of times in /proc/PID/stat, USER_HZ. */
const TICKS_PER_SECOND = 100;

const [command = '', ...numbers] = process.argv.slice(2);
const [services = 0, each = 0, rounds = 0] = numbers.map(Number);

class Exporter {
  readonly #process: ChildProcess;
  readonly #url: string;
  readonly #name: string;

  constructor(name: string, port: number, program: string, args: readonly string[]) {
    this.#name = name;
    this.#url = `http://127.0.0.1:${port}/metrics`;
    this.#process = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  }

  async scrape(): Promise<Scrape> {
    const before = this.#processorTime();
    const { bytes, samples } = await this.#read();
    const milliseconds = this.#processorTime() - before;
    const [resident, peak] = ['VmRSS', 'VmHWM'].map((field) => this.#memory(field));
    return { name: this.#name, milliseconds, bytes, samples, resident: resident ?? 0, peak: peak ?? 0 };
  }

  async listening(): Promise<void> {
    for (let attempt = 0; attempt < 300; attempt++) {
      const answered = await fetch(new URL('/', this.#url)).catch(() => undefined);
      await answered?.text();
      if (answered) return;
      await setTimeout(100);
    }
    throw new Error(`${this.#name} does not listen`);
  }

  end(): void {
    this.#process.kill();
  }

  /** Uncompressed, as a compressor's time is not what is compared. */
  #read(): Promise<{ bytes: number; samples: number }> {
    return new Promise((resolve, reject) => {
      get(this.#url, { agent: false }, (response) => {
        let [bytes, samples, begins] = [0, 0, true];
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          for (let at = 0; at < chunk.length; at = chunk.indexOf(0x0a, at) + 1 || chunk.length) {
            if (begins && chunk[at] !== 0x23) samples++;
            begins = true;
          }
          begins = chunk.at(-1) === 0x0a;
        });
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode !== 200) reject(new Error(`${this.#name} answered ${response.statusCode}`));
          resolve({ bytes, samples });
        });
      }).on('error', (error) => reject(new Error(`${this.#name} gave no answer`, { cause: error })));
    });
  }

  /** In user and system mode, in milliseconds (proc_pid_stat(5)). */
  #processorTime(): number {
    const [, fields = ''] = this.#file('stat').split(') ');
    const [utime = 0, stime = 0] = fields.split(' ').slice(11, 13).map(Number);
    return ((utime + stime) * 1000) / TICKS_PER_SECOND;
  }

  /** In MiB. */
  #memory(field: string): number {
    const [, kilobytes] = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(this.#file('status')) ?? [];
    return Number(kilobytes) / 1024;
  }

  #file(name: string): string {
    return readFileSync(`/proc/${this.#process.pid}/${name}`, 'utf8');
  }
}

await using ipvs = await Ipvs.open();
await reconcile(
  ipvs,
  Array.from({ length: services }, (_, i) => ({
    service: { protocol: 'tcp', address: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, port: 80, scheduler: 'rr' },
    destinations: Array.from({ length: each }, (_, j) => ({
      address: `172.16.${(j + 1) >> 8}.${(j + 1) & 255}`,
      port: 8080,
    })),
  })),
);

const ours = (port: number) => [command, 'exporter', '--listen', `127.0.0.1:${port}`];
const exporters = [
  new Exporter('node_exporter', 9100, 'prometheus-node-exporter', [
    '--collector.disable-defaults',
    '--collector.ipvs',
    '--web.listen-address=127.0.0.1:9100',
  ]),
  new Exporter('ipvs exporter', 9948, process.execPath, ours(9948)),
  new Exporter('ipvs exporter --no-destinations', 9949, process.execPath, [...ours(9949), '--no-destinations']),
];
try {
  for (const exporter of exporters) await exporter.listening();
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++)
    for (const exporter of exporters) {
      const scrape = await exporter.scrape();
      if (round >= 0) console.log(JSON.stringify(scrape));
    }
} finally {
  for (const exporter of exporters) exporter.end();
}
