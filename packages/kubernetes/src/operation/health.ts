import type { Answer } from './http-server.ts';

/** What the agent's health is judged by. Times are in milliseconds since 1970. */
export interface HealthFacts {
  readonly now: number;
  /** When the oldest change came that waits, not counting what is refused by itself. */
  readonly pendingSince: number | undefined;
  /** When everything was last tried; undefined while starting. */
  readonly lastPass: number | undefined;
  /** Whether load balancers are to leave the node: it is being deleted, or the cluster autoscaler is about to. */
  readonly leaving: boolean;
}

/** Milliseconds for which a change may wait by default: two periods of full passes. */
export const DEFAULT_HEALTH_TIMEOUT = 60_000;

/** Whether changes are programmed in time. An agent that is starting, or has nothing to do, is healthy. */
export function isHealthy({ now, pendingSince }: HealthFacts, timeout = DEFAULT_HEALTH_TIMEOUT): boolean {
  return pendingSince === undefined || now - pendingSince <= timeout;
}

/**
 * The answer on `/healthz`, by which load balancers judge a node, and on `/livez`, by which a kubelet judges the agent: a node
 * that is leaving is no reason to start the agent anew. As kube-proxy's on port 10256 (proxy_health.go).
 * @param timeout milliseconds
 */
export function answerHealth(path: string, facts: HealthFacts, timeout?: number): Answer | undefined {
  if (path !== '/healthz' && path !== '/livez') return undefined;
  const isWell = isHealthy(facts, timeout) && (path === '/livez' || !facts.leaving);
  return json(isWell ? 200 : 503, {
    lastUpdated: facts.lastPass === undefined ? null : new Date(facts.lastPass).toISOString(),
    currentTime: new Date(facts.now).toISOString(),
    ...(path === '/healthz' && { nodeEligible: !facts.leaving }),
  });
}

/** A body of JSON. */
export function json(status: number, value: unknown, headers?: Answer['headers']): Answer {
  return { status, type: 'application/json', body: `${JSON.stringify(value)}\n`, ...(headers && { headers }) };
}
