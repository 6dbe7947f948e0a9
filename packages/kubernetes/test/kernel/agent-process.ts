import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { kubeconfigFor } from '../support/kubeconfig.ts';
import { run } from './network.ts';

const MAIN = join(import.meta.dirname, '../../dist/cli/main.js');

/** A line of the agent's log. */
export interface LogLine {
  readonly msg: string;
  readonly full?: boolean;
  readonly changes?: number;
  readonly [field: string]: unknown;
}

/** The command `ipvs-kubernetes run` on the node, as it is installed. */
export class AgentProcess {
  readonly log: LogLine[] = [];
  readonly #child: ChildProcess;

  /** Starts it, and waits for its first pass. */
  static async start(server: string, ...flags: readonly string[]): Promise<AgentProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'agent-'));
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, JSON.stringify(kubeconfigFor(server)));
    const words = [
      'run',
      '--node',
      'n1',
      '--kubeconfig',
      kubeconfig,
      '--state',
      STATE,
      '--log-level',
      'debug',
      ...flags,
    ];
    const agent = new AgentProcess(spawn('ip', ['netns', 'exec', 'node', process.execPath, MAIN, ...words]));
    await agent.passed(1);
    return agent;
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stderr?.pipe(process.stderr);
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    lines.on('line', (line) => this.log.push(JSON.parse(line)));
  }

  get passes(): readonly LogLine[] {
    return this.log.filter(({ msg }) => msg === 'pass');
  }

  /** Waits for so many passes in all. */
  async passed(count: number): Promise<void> {
    for (let i = 0; this.passes.length < count; i++) {
      if (this.#child.exitCode !== null || i > 3000)
        throw new Error(`the agent made no pass:\n${this.log.map((line) => JSON.stringify(line)).join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Ends it as a kubelet does, or at once. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    await ended;
  }
}

const STATE = '/run/ipvs-kubernetes-test';

/** What `ipvs-kubernetes run` says that ends at once, for flags with which it cannot begin. */
export function refusal(...flags: readonly string[]): string {
  const words = [MAIN, 'run', '--node', 'n1', '--state', STATE, ...flags];
  const { status, stderr } = spawnSync('ip', ['netns', 'exec', 'node', process.execPath, ...words], {
    encoding: 'utf8',
  });
  return `${status}: ${stderr.trim()}`;
}

/** `ipvs-kubernetes cleanup`. */
export function cleanUp(): string {
  return run('ip', 'netns', 'exec', 'node', process.execPath, MAIN, 'cleanup', '--state', STATE);
}
