import { inspect } from 'node:util';
import { describeObject, type ObjectReference } from './object.ts';

/** What a problem is about, in the form that reasons of Events have. */
export type ProblemReason =
  /** A field holds a value that the API does not allow. That value alone is passed over, or its default taken. */
  | 'InvalidValue'
  /** The kernel has no such scheduler. The default one is used. */
  | 'UnknownScheduler'
  /** An older Service has the same address, protocol and port. */
  | 'AddressConflict'
  /** The address belongs to another node, which would become unreachable. */
  | 'AddressOfOtherNode'
  /** Source ranges are given, but none of this address's family: nobody may connect. */
  | 'NoSourceRange'
  /** An older Service has the firewall mark: clients in the cluster get local endpoints only. */
  | 'MarkConflict';

/** A value of an object that was not taken as it stands. Everything else of the object counts. */
export interface Problem {
  readonly reason: ProblemReason;
  readonly object: ObjectReference;
  /** Path of the field, as in `kubectl explain`, with indices: `spec.ports[0].port`. */
  readonly field: string;
  /** The value that was found. */
  readonly value: unknown;
  /** What the value should have been, or what was done: `must be an integer from 1 to 65535`. */
  readonly rule: string;
}

/** A problem as one sentence: `Service default/web: spec.ports[0].port must be an integer from 1 to 65535, got 70000`. */
export function describeProblem(problem: Problem): string {
  return `${describeObject(problem.object)}: ${describeFieldProblem(problem)}`;
}

/** A problem without its object, for whoever names that otherwise. */
export function describeFieldProblem({ field, rule, value }: Problem): string {
  return `${field} ${rule}, got ${inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 80 })}`;
}
