import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { fileDeadlines } from 'ipvs/reconcile';
import pino from 'pino';
import { Agent } from '../../agent/agent.ts';
import { ClusterSource } from '../../agent/cluster-source.ts';
import { lenientDeadlines } from '../../agent/lenient-deadlines.ts';
import { Programmer } from '../../agent/programmer.ts';
import { ApiClient } from '../../api/api-client.ts';
import { systemClock } from '../../api/clock.ts';
import { clusterAccess } from '../../api/cluster-access.ts';
import { resolveOptions } from '../../desired/options.ts';
import { LinuxNode } from '../../node/linux-node.ts';
import { logAgent, logCluster } from '../../operation/agent-log.ts';
import { EventReporter } from '../../operation/event-reporter.ts';
import { Operation } from '../../operation/operation.ts';
import { type AgentFlags, addAgentOptions } from '../agent-options.ts';
import { desiredOptions } from '../desired-options.ts';
import { Failure } from '../failure.ts';
import type { Io } from '../io.ts';
import { prepareSysctls, savedSysctls } from './prepare-sysctls.ts';
import { warnOfIPv6 } from './warn-of-ipv6.ts';

/** `ipvs-kubernetes run`: the agent, until it is told to end. Everything stays as it is programmed then. */
export function runCommand(io: Io): Command {
  const command = new Command('run').description('Program this node as the cluster wants it, until SIGINT or SIGTERM');
  return addAgentOptions(command).action((flags: AgentFlags) => runAgent(flags, io));
}

async function runAgent(flags: AgentFlags, io: Io): Promise<void> {
  const log = pino({ level: flags.logLevel, base: { node: flags.node } }, { write: (text) => io.stdout.write(text) });
  await mkdir(flags.state, { recursive: true });
  await using node = await LinuxNode.open({ link: flags.link });
  const isPrepared = await prepareSysctls(node.kernel, savedSysctls(flags.state), flags, log);
  if (flags.initOnly) {
    if (!isPrepared) throw new Failure('not all sysctls could be set');
    return;
  }
  const { schedulers } = await node.plane.ipvs.features();
  const desired = { ...desiredOptions(flags), schedulers };
  resolveOptions(desired); // what is wrong would otherwise be told by every pass
  const options = { ...desired, syncPeriod: flags.syncPeriod };
  await using resources = new AsyncDisposableStack();
  const access = clusterAccess({ kubeconfig: flags.kubeconfig, server: flags.server });
  const client = new ApiClient(access, { inactivity: flags.inactivity });
  resources.defer(() => client.close());
  const programmer = new Programmer(node.plane, {
    drainDeadline: flags.drainDeadline,
    deadlines: lenientDeadlines(fileDeadlines(join(flags.state, 'deadlines.json')), (error) =>
      log.warn({ err: error }, 'the deadlines of drains are kept in memory alone'),
    ),
  });
  const events = resources.use(
    new EventReporter(client, {
      nodeName: flags.node,
      onFailure: (event, error) =>
        log.warn({ err: error, event: event.metadata.name }, 'an Event could not be created'),
    }),
  );
  const clock = systemClock;
  const operation = resources.use(new Operation({ programmer, ipvs: node.plane.ipvs, clock, log }));
  const agent = new Agent(
    {
      source: (onChange) => operation.follow(ClusterSource.start(client, options, { onChange, ...logCluster(log) })),
      programmer,
      facts: async () => ({ name: flags.node, addresses: await node.link.others(), podCIDRs: flags.podCidr }),
      observers: [
        logAgent(log),
        operation.observer,
        { changed: ({ problems }) => events.report(problems.added) },
        warnOfIPv6(node.kernel, flags.podCidr, log),
      ],
      clock,
    },
    options,
  );
  await operation.start(agent, flags);
  const signal = signalOf('SIGINT', 'SIGTERM');
  log.info({ services: flags.services, link: flags.link }, 'started');
  await agent.run(signal);
  log.info('ended; what is programmed stays');
}

/** Aborts with the first of these signals; a second one, of whichever name, ends the process as usual. */
function signalOf(...names: NodeJS.Signals[]): AbortSignal {
  const controller = new AbortController();
  const abort = () => {
    for (const name of names) process.off(name, abort);
    controller.abort();
  };
  for (const name of names) process.on(name, abort);
  return controller.signal;
}
