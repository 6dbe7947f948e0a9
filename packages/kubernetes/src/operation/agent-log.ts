import type { Logger } from 'pino';
import type { AgentObserver } from '../agent/agent.ts';
import type { ClusterObserver } from '../agent/cluster-source.ts';
import { describeProblem } from '../objects/index.ts';

/** Writes what an agent does to a log, a line of JSON each. */
export function logAgent(log: Logger): AgentObserver {
  return {
    changed({ problems }) {
      for (const problem of problems.added)
        log.warn({ reason: problem.reason, object: problem.object }, describeProblem(problem));
    },
    passed({ full, duration, changes, addresses, elements, flows, failures, taken }) {
      for (const { subject, error } of failures) log.error({ subject, err: error }, 'could not be programmed');
      const counts = { changes, addresses, elements, flows, objects: taken.objects };
      const isIdle = failures.length === 0 && changes + addresses + elements + flows === 0;
      log[isIdle ? 'debug' : 'info']({ full, duration: Math.round(duration), ...counts }, 'pass');
    },
    failed(error) {
      log.error({ err: error }, 'no pass could be made');
    },
  };
}

/** Writes to a log what goes wrong between an agent and the API server, and that it is over. */
export function logCluster(log: Logger): ClusterObserver {
  const failing = new Set<string>();
  return {
    onFailure(kind, error) {
      failing.add(kind);
      log.warn({ kind, err: error }, 'the API server could not be asked; what is programmed stays');
    },
    onConnected(kind) {
      log[failing.delete(kind) ? 'info' : 'debug']({ kind }, 'the API server is followed');
    },
  };
}
