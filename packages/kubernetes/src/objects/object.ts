import type { EndpointSlice } from './endpoint-slice.ts';
import type { Node } from './node.ts';
import type { Problem } from './problem.ts';
import type { Service } from './service.ts';

/** An object that the agent reads, told apart by `kind`. */
export type KubernetesObject = Service | EndpointSlice | Node;

/** The kinds of objects that the agent reads. */
export type Kind = KubernetesObject['kind'];

/** What identifies an object: its kind with namespace and name. */
export interface ObjectKey {
  readonly kind: Kind;
  /** Empty for a Node, which belongs to no namespace. */
  readonly namespace: string;
  readonly name: string;
}

/** An object that others can be told of: the key alone would also name one that is created anew. */
export interface ObjectReference extends ObjectKey {
  /** The API server's own identity of the object; empty in files, as a rule. */
  readonly uid: string;
}

/** What every object has. */
export interface ObjectBase extends ObjectReference {
  /** The version of the object, opaque; empty in files, as a rule. */
  readonly resourceVersion: string;
  /** What was invalid and passed over when the object was read. */
  readonly problems: readonly Problem[];
}

/** The text of an object's key: `Service default/web`, `Node n1`. */
export function describeObject({ kind, namespace, name }: ObjectKey): string {
  return namespace ? `${kind} ${namespace}/${name}` : `${kind} ${name}`;
}
