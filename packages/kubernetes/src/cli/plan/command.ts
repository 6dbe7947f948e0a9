import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { ApiClient } from '../../api/api-client.ts';
import { clusterAccess } from '../../api/cluster-access.ts';
import { desiredState, type NodeFacts } from '../../desired/index.ts';
import { type KubernetesObject, type Node, SERVICE_PROXY_NAME_LABEL } from '../../objects/index.ts';
import { addDesiredOptions, type DesiredFlags, desiredOptions, splitList } from '../desired-options.ts';
import { Failure } from '../failure.ts';
import type { Io } from '../io.ts';
import type { FoundObjects } from './collect-objects.ts';
import { describePlan, type Plan } from './describe.ts';
import { planJson } from './json.ts';
import { readCluster } from './read-cluster.ts';
import { readFiles, type SourceFile } from './read-files.ts';

interface PlanFlags extends DesiredFlags {
  readonly from?: readonly string[];
  readonly kubeconfig?: string;
  readonly server?: string;
  readonly node?: string;
  readonly address?: readonly string[];
  readonly zone?: string;
  readonly schedulers?: readonly string[];
  readonly json?: true;
}

/** `ipvs-kubernetes plan`: what a node would be given for the objects of the cluster, or of files. */
export function planCommand(io: Io): Command {
  const command = new Command('plan')
    .description(
      'Print what would be programmed on a node for the objects of the cluster, or of files; nothing is done',
    )
    .addOption(
      new Option(
        '--from <file...>',
        'files of YAML or JSON, such as kubectl get -o yaml writes, in place of the cluster; - is the standard input',
      ).conflicts(['kubeconfig', 'server']),
    )
    .option('--kubeconfig <file>', 'how to reach the cluster (default: as a pod, or as kubectl does)')
    .option('--server <url>', 'where the API server is')
    .option('--node <name>', 'name of the node (default: that of the only Node)')
    .option('--address <addresses>', "addresses of the node's interfaces (default: those of its Node)", splitList)
    .option('--zone <zone>', 'zone of the node (default: that of its Node)')
    .option('--schedulers <names>', 'schedulers that the kernel has (default: all that are named)', splitList)
    .option('--json', 'print JSON');
  return addDesiredOptions(command).action(async (flags: PlanFlags) => {
    const found = flags.from ? await fromFiles(flags.from, io) : await fromCluster(flags);
    const plan = createPlan(found, flags);
    io.stdout.write(flags.json ? planJson(plan) : printable(describePlan(plan)));
    const hint = hintFor(found, plan, flags);
    if (hint) io.stderr.write(printable(`ipvs-kubernetes: ${hint}\n`));
  });
}

async function fromFiles(names: readonly string[], io: Io): Promise<FoundObjects> {
  return readFiles(await Promise.all(names.map((name) => readSource(name, io))));
}

async function fromCluster({ kubeconfig, server }: PlanFlags): Promise<FoundObjects> {
  const client = new ApiClient(clusterAccess({ kubeconfig, server }));
  try {
    return await readCluster(client);
  } finally {
    client.close();
  }
}

function createPlan(found: FoundObjects, flags: PlanFlags): Plan {
  const node = factsOf(found.objects, flags);
  const desired = desiredState(found.objects, node, { ...desiredOptions(flags), schedulers: flags.schedulers });
  const problems = desired.problems.map((problem) => ({ problem, place: found.locate(problem) }));
  return { node, desired, problems: [...found.problems, ...problems] };
}

function factsOf(objects: readonly KubernetesObject[], { node: given, address, zone, podCidr }: PlanFlags): NodeFacts {
  const nodes = objects.filter((object): object is Node => object.kind === 'Node');
  const name = given ?? (nodes.length === 1 ? nodes[0]?.name : undefined);
  if (name === undefined) {
    const names = nodes.map((node) => node.name).join(', ');
    throw new Failure(`--node must name the node${names ? `, one of ${names}` : ', since there is no Node'}`);
  }
  return {
    name,
    addresses: address ?? nodes.find((node) => node.name === name)?.addresses ?? [],
    ...(zone !== undefined && { zone }),
    podCIDRs: podCidr,
  };
}

/** Why there may be less than was expected. */
function hintFor({ objects, others }: FoundObjects, { desired }: Plan, flags: PlanFlags): string | undefined {
  const services = objects.filter((object) => object.kind === 'Service');
  if (services.length === 0) return `there is no Service (objects of other kinds: ${others})`;
  if (desired.services.length > 0 || flags.services === 'all') return undefined;
  return `no Service has the label ${SERVICE_PROXY_NAME_LABEL}: ${flags.serviceProxyName}; --services all serves those without it too`;
}

async function readSource(name: string, io: Io): Promise<SourceFile> {
  if (name === '-') return { name: 'standard input', text: await io.readStdin() };
  try {
    return { name, text: await readFile(name, 'utf8') };
  } catch (error) {
    throw new Failure(`cannot read ${name}: ${(error as Error).message}`);
  }
}

/** Without control characters, by which the names of objects could write elsewhere on a terminal. */
function printable(text: string): string {
  return text.replace(/(?!\n)\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
