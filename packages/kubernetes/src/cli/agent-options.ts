import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ListenOptions } from '../operation/http-server.ts';
import { addDesiredOptions, type DesiredFlags } from './desired-options.ts';

/** The flags of {@link addAgentOptions}, as commander gives them. */
export interface AgentFlags extends DesiredFlags {
  readonly node: string;
  readonly health: ListenOptions;
  readonly metrics: ListenOptions;
  readonly state: string;
  readonly initOnly?: true;
  readonly link: string;
  readonly kubeconfig?: string;
  readonly server?: string;
  readonly inactivity: number;
  readonly syncPeriod: number;
  readonly drainDeadline: number;
  readonly strictArp?: true;
  readonly ipv6Forwarding?: true;
  readonly logLevel: string;
}

/** Adds the flags of the agent. The manifests use them. */
export function addAgentOptions(command: Command): Command {
  return addDesiredOptions(
    command
      .requiredOption('--node <name>', 'name of the Node object of this machine')
      .addOption(listenOption('--health <address>', 'where /healthz and /livez are served', '10356'))
      .addOption(listenOption('--metrics <address>', 'where /metrics is served', '127.0.0.1:10349'))
      .option('--state <folder>', 'folder for what outlives a restart of the agent', DEFAULT_STATE)
      .option('--link <name>', 'dummy link that holds the addresses of Services', DEFAULT_LINK)
      .option('--kubeconfig <file>', 'how to reach the cluster (default: as a pod, or as kubectl does)')
      .option('--server <url>', 'where the API server is; never an address that the agent itself programs')
      .option('--inactivity <seconds>', 'silence after which a connection to it is given up', parseSeconds, 75)
      .option('--sync-period <seconds>', 'time between two comparisons of everything', parseSeconds, 30)
      .option('--drain-deadline <seconds>', 'longest time that a removed endpoint keeps connections', parseSeconds, 300)
      .option('--strict-arp', 'set the sysctls by which only one node answers ARP for an address')
      .option('--ipv6-forwarding', 'set the sysctl by which IPv6 is forwarded, for pods with IPv6')
      .addOption(
        new Option('--log-level <level>', 'least level that is logged')
          .choices(['debug', 'info', 'warn', 'error'])
          .default('info'),
      )
      .option('--init-only', 'set the sysctls that are needed, and end'),
  );
}

/** Folder for what outlives a restart, by default: it is gone with the kernel's tables when the machine starts anew. */
export const DEFAULT_STATE = '/run/ipvs-kubernetes';
/** Name of the link by default. */
export const DEFAULT_LINK = 'ipvs-services';

function listenOption(flags: string, about: string, place: string): Option {
  return new Option(flags, about).argParser(parseListen).default(parseListen(place), place);
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || seconds <= 0 || seconds > 86_400)
    throw new InvalidArgumentError('It must be a number of seconds, above 0 and at most 86400.');
  return seconds;
}

/** `10356`, `127.0.0.1:10356` or `[::1]:10356`: a port, at all addresses or at one. */
export function parseListen(text: string): ListenOptions {
  const [, bracketed, plain, digits = ''] = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65_535) throw new InvalidArgumentError('It must be a port, or an address and a port.');
  return { host: bracketed ?? plain, port };
}
