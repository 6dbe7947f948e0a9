import type { Logger } from 'pino';
import type { AgentObserver } from '../agent/agent.ts';
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
