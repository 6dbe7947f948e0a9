import { mkdirSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { linuxKernel, record } from '../../src/netlink/index.ts';
import type { Bed } from '../contract/bed.ts';
import { fixtureName } from '../support/fixtures.ts';
import { addFlow } from '../support/linux/conntrack.ts';
import { openDescriptors } from '../support/linux/descriptors.ts';
import { enterFreshNamespace } from '../support/linux/namespace.ts';

// These tests load and unload modules and make namespaces: only where `npm run test:kernel` has put them.
if (!process.env['IPVS_BED']) throw new Error('The kernel tests run in a test bed: npm run test:kernel');

const [kernel = ''] = /^\d+\.\d+/.exec(release()) ?? [];

/** The kernel that this runs on, a fresh network namespace for every case. */
export const realKernel: Bed = {
  kernel,
  async connect(name) {
    enterFreshNamespace();
    const before = openDescriptors();
    const lines: string[] = [];
    return {
      source: record(linuxKernel(), (line) => lines.push(line)),
      addFlow,
      async end() {
        expect(openDescriptors()).toEqual(before);
        saveRecording(name, name, lines);
      },
    };
  },
};

/** Keeps a recorded conversation, where `npm run record` has asked for it. */
export function saveRecording(name: string, title: string, lines: readonly string[]): void {
  saveText(fixtureName(name), (release) => `# Linux ${release}: ${title}\n\n${lines.join('\n')}\n`);
}

/** Keeps a file below the fixtures of this kernel, where `npm run record` has asked for it. */
export function saveText(path: string, textOf: (release: string) => string): void {
  const { IPVS_RECORD: wanted, IPVS_OUT: out } = process.env;
  if (!wanted || !out) return;
  const file = join(out, 'fixtures', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, textOf(release()));
}
