import type { ApiClient } from './api-client.ts';
import { ApiError } from './api-error.ts';
import { asObject, metadataOf, type VersionedObject } from './kube-object.ts';

/** Which objects are meant. */
export interface Selection {
  /** `'/api/v1/services'`. */
  readonly path: string;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/** All objects as they were at one version. */
export interface ObjectList<T> {
  readonly version: string;
  readonly objects: readonly T[];
}

/**
 * Lists objects in pages of one snapshot. Where the server forgets the snapshot before the last page, they are listed at once.
 * @param convert makes what is kept of an object, page by page, so that not all need memory as they were sent
 * @throws ApiError; the signal's reason
 */
export async function listObjects<T>(
  client: ApiClient,
  selection: Selection,
  pageSize: number,
  convert: (object: VersionedObject) => T,
  signal: AbortSignal,
): Promise<ObjectList<T>> {
  const objects: T[] = [];
  let limit: number | undefined = pageSize;
  let next: string | undefined;
  for (;;) {
    try {
      const page = await readPage(client, selection, limit, next, signal);
      for (const object of page.objects) objects.push(convert(object));
      if (page.next === undefined) return { version: page.version, objects };
      next = page.next;
    } catch (error) {
      if (next === undefined || !(error instanceof ApiError && error.status === 410)) throw error;
      objects.length = 0;
      next = limit = undefined;
    }
  }
}

interface Page extends ObjectList<VersionedObject> {
  readonly next: string | undefined;
}

async function readPage(
  client: ApiClient,
  { path, labelSelector, fieldSelector }: Selection,
  limit: number | undefined,
  next: string | undefined,
  signal: AbortSignal,
): Promise<Page> {
  const query = { labelSelector, fieldSelector, limit, continue: next };
  const answer = (await client.json({ path, query }, signal)) as Record<string, unknown> | null;
  const { resourceVersion: version, continue: more } = metadataOf(answer);
  const { kind, apiVersion, items } = answer ?? {};
  if (typeof kind !== 'string' || !kind.endsWith('List') || typeof version !== 'string')
    throw new ApiError('ERR_KUBERNETES_RESPONSE', `GET ${path}: the answer is no list`);
  // An empty list of some servers is null; one that goes on without end is no list.
  const objects = (Array.isArray(items) ? items : []).map((item) =>
    asObject(`GET ${path}`, { kind: kind.slice(0, -'List'.length), apiVersion, ...item }),
  );
  if (!more) return { version, objects, next: undefined };
  if (typeof more !== 'string' || objects.length === 0)
    throw new ApiError('ERR_KUBERNETES_RESPONSE', `GET ${path}: a page without objects is to be continued`);
  return { version, objects, next: more };
}
