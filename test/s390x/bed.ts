import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { record } from '../../src/netlink/index.ts';
import type { Bed } from '../contract/bed.ts';
import { fixtureName } from '../support/fixtures.ts';
import { insertion } from '../support/linux/conntrack.ts';
import { network } from '../support/linux/namespace.ts';
import { Agent } from './agent.ts';
import { guestKernel } from './kernel.ts';

const { IPVS_S390X_PIPES: pipes, IPVS_OUT: out } = process.env;
if (!pipes) throw new Error('These tests run on a big-endian guest: npm run test:s390x');

/** The guest. */
export const agent = new Agent(pipes);

/** What `uname -r` says there. */
export const release = agent.readFile('/proc/sys/kernel/osrelease').data.toString().trim();
const [kernel = ''] = /^\d+\.\d+/.exec(release) ?? [];

/** The kernel of the guest, a fresh network namespace for every case. */
export const guest: Bed = {
  kernel,
  async connect(name) {
    enterFreshNamespace();
    const lines: string[] = [];
    return {
      source: record(guestKernel(agent), (line) => lines.push(line)),
      addFlow: (flow) => void agent.run(['conntrack', ...insertion(flow)]),
      async end() {
        saveRecording(name, name, lines);
      },
    };
  },
};

/** Moves the guest into a network namespace of its own with the contract's network. */
export function enterFreshNamespace(): void {
  agent.enterBareNamespace();
  agent.run(['ip', '-batch', '-'], network);
}

/** Keeps a recorded conversation, where `--record` has asked for it. */
export function saveRecording(name: string, title: string, lines: readonly string[]): void {
  saveText(fixtureName(name), `# Linux ${release}: ${title}\n\n${lines.join('\n')}\n`);
}

/** Keeps a file below the fixtures of this kernel, where `--record` has asked for it. */
export function saveText(path: string, text: string): void {
  if (!out) return;
  const file = join(out, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
