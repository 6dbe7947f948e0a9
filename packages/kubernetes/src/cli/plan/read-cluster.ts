import { OBJECT_PATHS } from '../../agent/cluster-source.ts';
import type { ApiClient } from '../../api/api-client.ts';
import { listObjects } from '../../api/list.ts';
import { collectObjects, type FoundObjects } from './collect-objects.ts';

const PAGE = 500;

/**
 * Lists the objects of a cluster, once.
 * @throws ApiError
 */
export async function readCluster(client: ApiClient): Promise<FoundObjects> {
  const signal = new AbortController().signal; // each request has time-outs of its own
  const lists = await Promise.all(
    Object.values(OBJECT_PATHS).map((path) => listObjects(client, { path }, PAGE, (raw) => raw, signal)),
  );
  const items = lists.flatMap(({ objects }) => objects.map((raw) => ({ raw, locate: () => undefined })));
  return collectObjects(items);
}
