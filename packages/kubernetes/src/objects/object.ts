import type { EndpointSlice } from './endpoint-slice.ts';
import type { Node } from './node.ts';
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

/** What is read of an object's metadata. */
export interface ObjectIdentity extends ObjectKey {
  /** The API server's own identity of the object, another one after it was deleted and created again. May be empty in files. */
  readonly uid: string;
  /** The version of the object, opaque; empty in files. */
  readonly resourceVersion: string;
}

/** The text of an object's key: `Service default/web`, `Node n1`. */
export function describeObject({ kind, namespace, name }: ObjectKey): string {
  return namespace ? `${kind} ${namespace}/${name}` : `${kind} ${name}`;
}
