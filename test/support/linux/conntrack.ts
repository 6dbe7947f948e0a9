import { execFileSync } from 'node:child_process';
import type { FlowSpec } from '../../../src/testing/index.ts';

/** Puts an entry into the connection tracking table with conntrack(8). */
export function addFlow(flow: FlowSpec): void {
  // It tells of a success on stderr.
  execFileSync('conntrack', insertion(flow), { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** The words after `conntrack` that insert an entry. */
export function insertion({ protocol, original, reply, timeout = 30, mark, zone }: FlowSpec): string[] {
  const words = ['-I', '-p', protocol, '-t', String(timeout)];
  words.push('-s', original.source, '-d', original.destination);
  words.push('--sport', String(original.sourcePort), '--dport', String(original.destinationPort));
  if (protocol === 'tcp') words.push('--state', 'ESTABLISHED');
  if (reply) {
    words.push('-r', reply.source, '-q', reply.destination);
    words.push('--reply-port-src', String(reply.sourcePort), '--reply-port-dst', String(reply.destinationPort));
  }
  if (mark !== undefined) words.push('-m', String(mark));
  if (zone !== undefined) words.push('-w', String(zone));
  return words;
}
