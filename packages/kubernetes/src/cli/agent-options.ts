import { type Command, InvalidArgumentError } from 'commander';
import type { ListenOptions } from '../operation/http-server.ts';
import { addDesiredOptions, type DesiredFlags } from './desired-options.ts';

/** The flags of {@link addAgentOptions}, as commander gives them. */
export interface AgentFlags extends DesiredFlags {
  readonly node: string;
  readonly health: ListenOptions;
  readonly metrics: ListenOptions;
  readonly state: string;
  readonly initOnly?: true;
}

/** Adds the flags of the agent. The manifests use them. */
export function addAgentOptions(command: Command): Command {
  return addDesiredOptions(
    command
      .requiredOption('--node <name>', 'name of the Node object of this machine')
      .option('--health <address>', 'where /healthz and /livez are served', parseListen, {
        host: undefined,
        port: 10356,
      })
      .option('--metrics <address>', 'where /metrics is served', parseListen, { host: '127.0.0.1', port: 10349 })
      .option('--state <folder>', 'folder for what outlives a restart of the agent', '/run/ipvs-kubernetes')
      .option('--init-only', 'set the sysctls that are needed, and end'),
  );
}

/** `10356`, `127.0.0.1:10356` or `[::1]:10356`: a port, at all addresses or at one. */
export function parseListen(text: string): ListenOptions {
  const [, bracketed, plain, digits = ''] = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65_535) throw new InvalidArgumentError('It must be a port, or an address and a port.');
  return { host: bracketed ?? plain, port };
}
