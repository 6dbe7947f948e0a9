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

const agent = new Agent(pipes);
const release = agent.readFile('/proc/sys/kernel/osrelease').data.toString().trim();
const [kernel = ''] = /^\d+\.\d+/.exec(release) ?? [];

/** The kernel of the guest, a fresh network namespace for every case. */
export const guest: Bed = {
  kernel,
  async connect(name) {
    agent.enterFreshNamespace();
    agent.run(['ip', '-batch', '-'], network);
    const lines: string[] = [];
    return {
      source: record(guestKernel(agent), (line) => lines.push(line)),
      addFlow: (flow) => void agent.run(['conntrack', ...insertion(flow)]),
      async end() {
        if (out) saveRecording(join(out, fixtureName(name)), `# Linux ${release}: ${name}\n\n${lines.join('\n')}\n`);
      },
    };
  },
};

function saveRecording(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
