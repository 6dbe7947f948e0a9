import { ApiError } from './api-error.ts';

/** What every object of the API has. */
export interface KubeObject {
  readonly metadata: {
    readonly name: string;
    /** Absent for objects that are in no namespace, such as Nodes. */
    readonly namespace?: string | undefined;
    readonly uid?: string | undefined;
    readonly resourceVersion?: string | undefined;
  };
}

/** `'namespace/name'`, or the name of an object that is in no namespace. */
export function keyOf({ metadata: { namespace, name } }: KubeObject): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** An object as the API sent it, with the version that it must have. */
export interface VersionedObject extends KubeObject {
  readonly metadata: KubeObject['metadata'] & { readonly resourceVersion: string };
}

/** Checks that an answer holds an object. Throws ApiError. */
export function asObject(request: string, value: unknown): VersionedObject {
  const { name, namespace, resourceVersion } = metadataOf(value);
  if (
    typeof name !== 'string' ||
    name === '' ||
    typeof resourceVersion !== 'string' ||
    !/^(undefined|string)$/.test(typeof namespace)
  )
    throw new ApiError('ERR_KUBERNETES_RESPONSE', `${request}: an object without name or resourceVersion`);
  return value as VersionedObject;
}

/** The metadata of whatever an answer holds. */
export function metadataOf(value: unknown): Readonly<Record<string, unknown>> {
  const metadata: unknown = (value as { metadata?: unknown } | null | undefined)?.metadata;
  return typeof metadata === 'object' && metadata !== null ? (metadata as Record<string, unknown>) : {};
}

/**
 * Whether a version is later than another one of the same resource. They are decimal numbers of any length, which may be
 * compared since Kubernetes 1.35 says so (KEP-5504), and which always could.
 */
export function isLater(version: string, other: string): boolean {
  return version.length === other.length ? version > other : version.length > other.length;
}
