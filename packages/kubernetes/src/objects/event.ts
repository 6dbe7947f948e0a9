import { createHash } from 'node:crypto';
import type { Kind } from './object.ts';
import { describeFieldProblem, type Problem } from './problem.ts';

/** An Event of `events.k8s.io/v1` as it is sent to the API server. */
export interface Event {
  readonly apiVersion: 'events.k8s.io/v1';
  readonly kind: 'Event';
  readonly metadata: { readonly name: string; readonly namespace: string };
  /** The object that it is about. */
  readonly regarding: {
    readonly apiVersion: string;
    readonly kind: Kind;
    readonly namespace?: string;
    readonly name: string;
    readonly uid: string;
  };
  /** RFC 3339 with microseconds. */
  readonly eventTime: string;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  /** For people; at most 1024 bytes. */
  readonly note: string;
  readonly reportingController: string;
  readonly reportingInstance: string;
}

const API_VERSIONS: Readonly<Record<Kind, string>> = {
  Service: 'v1',
  Node: 'v1',
  EndpointSlice: 'discovery.k8s.io/v1',
};
const MAX_NOTE = 1024;
const MAX_NAME = 253;

/**
 * The Event that tells of a problem. The same problem has the same name, so that it is there once, however often and on
 * however many nodes it is found.
 * @param nodeName the node that found it
 */
export function eventOf(problem: Problem, nodeName: string, time: Date): Event {
  const { object, reason } = problem;
  const { kind, namespace, name, uid } = object;
  const note = describeFieldProblem(problem);
  const digest = createHash('sha256')
    .update(JSON.stringify([uid, kind, reason, note]))
    .digest('hex');
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    // Events of objects without a namespace are in `default`.
    metadata: { name: `${name.slice(0, MAX_NAME - 17)}.${digest.slice(0, 16)}`, namespace: namespace || 'default' },
    regarding: { apiVersion: API_VERSIONS[kind], kind, ...(namespace && { namespace }), name, uid },
    eventTime: time.toISOString().replace('Z', '000Z'),
    type: 'Warning',
    reason,
    action: 'Program',
    note: Buffer.from(note)
      .subarray(0, MAX_NOTE)
      .toString()
      .replace(/\uFFFD+$/, ''),
    reportingController: 'ipvs-kubernetes',
    reportingInstance: nodeName,
  };
}
