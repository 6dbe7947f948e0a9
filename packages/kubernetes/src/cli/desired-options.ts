import { type Command, InvalidArgumentError, Option } from 'commander';
import type { DesiredOptions } from '../desired/index.ts';
import { parseNetwork } from '../objects/address.ts';

/** The flags of {@link addDesiredOptions}, as commander gives them. */
export interface DesiredFlags {
  readonly services: 'labelled' | 'all';
  readonly serviceProxyName: string;
  readonly scheduler: string;
  readonly nodePortAddresses?: readonly string[];
  readonly localFallback: 'drop' | 'cluster' | 'fwmark';
  /** A fact of the node rather than an option: `podCIDRs`. */
  readonly podCidr?: readonly string[];
}

/** Adds the flags that say which Services are served, and how: the same for every command. */
export function addDesiredOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--services <which>', 'labelled: those labelled with our name; all: also those without such a label')
        .choices(['labelled', 'all'])
        .default('labelled'),
    )
    .option('--service-proxy-name <name>', 'our name in the label service.kubernetes.io/service-proxy-name', 'ipvs')
    .option('--scheduler <name>', 'scheduler of Services that name none by annotation', 'rr')
    .option(
      '--node-port-addresses <networks>',
      'networks of the node addresses that have node ports, separated by commas, or primary (default: all addresses)',
      splitList,
    )
    .addOption(
      new Option('--local-fallback <what>', 'externalTrafficPolicy Local on a node without endpoints')
        .choices(['drop', 'cluster', 'fwmark'])
        .default('drop'),
    )
    .option(
      '--pod-cidr <networks>',
      'networks of the pods, which reach cluster IPs with their own address (default: spec.podCIDRs of the Node)',
      parseNetworks,
    );
}

/** The options that flags stand for. They are not checked yet. */
export function desiredOptions(flags: DesiredFlags): DesiredOptions {
  const { services, serviceProxyName, scheduler, nodePortAddresses, localFallback } = flags;
  const isPrimary = nodePortAddresses?.length === 1 && nodePortAddresses[0] === 'primary';
  return {
    services,
    serviceProxyName,
    scheduler,
    nodePortAddresses: isPrimary ? 'primary' : nodePortAddresses,
    localFallback,
  };
}

function parseNetworks(text: string): string[] {
  const networks = splitList(text);
  const wrong = networks.find((each) => !parseNetwork(each));
  if (wrong !== undefined) throw new InvalidArgumentError(`${wrong} must be a network such as 10.244.0.0/16.`);
  return networks;
}

/** Words separated by commas, blanks around them left out. */
export function splitList(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}
