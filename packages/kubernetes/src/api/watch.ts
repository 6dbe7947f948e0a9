import { type ApiClient, type ApiResponse, parseJson } from './api-client.ts';
import { ApiError } from './api-error.ts';
import { asObject, metadataOf, type VersionedObject } from './kube-object.ts';
import type { Selection } from './list.ts';
import { statusError } from './status.ts';

/** What a watch tells. */
export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly version: string; readonly object: VersionedObject }
  /** All until this version was told. */
  | { readonly type: 'BOOKMARK'; readonly version: string };

/** The events of a watch. Ends where the server ends it, or where it falls silent. */
export type WatchEvents = AsyncGenerator<WatchEvent, void, undefined>;

/** No event is longer: etcd takes no object above 1.5 MB. */
const MAX_LINE = 16 * 2 ** 20;

/**
 * Watches objects from a version on. Resolves when the server agreed.
 * @param timeout seconds after which the server is to end it
 * @throws ApiError, also for an error in the stream; the signal's reason
 */
export async function watchObjects(
  client: ApiClient,
  { path, labelSelector, fieldSelector }: Selection,
  version: string,
  timeout: number,
  signal: AbortSignal,
): Promise<WatchEvents> {
  const query = {
    labelSelector,
    fieldSelector,
    watch: true,
    resourceVersion: version,
    allowWatchBookmarks: true,
    timeoutSeconds: timeout,
  };
  return readEvents(`WATCH ${path}`, await client.open({ path, query }, signal));
}

async function* readEvents(request: string, response: ApiResponse): WatchEvents {
  try {
    for await (const line of readLines(request, response)) yield readEvent(request, line);
  } catch (error) {
    // Nothing happens to quiet resources for hours. Another connection will tell whether this one was dead.
    if (!(error instanceof ApiError && error.code === 'ERR_KUBERNETES_TIMEOUT')) throw error;
  }
}

function readEvent(request: string, line: string): WatchEvent {
  const { type, object } = (parseJson(request, line) ?? {}) as { type?: unknown; object?: unknown };
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED': {
      const checked = asObject(request, object);
      return { type, version: checked.metadata.resourceVersion, object: checked };
    }
    case 'BOOKMARK': {
      const { resourceVersion: version } = metadataOf(object);
      if (typeof version === 'string') return { type, version };
      throw new ApiError('ERR_KUBERNETES_RESPONSE', `${request}: a bookmark without resourceVersion`);
    }
    case 'ERROR':
      throw statusError(request, object);
    default:
      throw new ApiError('ERR_KUBERNETES_RESPONSE', `${request}: an event of type ${JSON.stringify(type)}`);
  }
}

/** The lines of a text that comes piece by piece; one that its end cuts is an error. */
async function* readLines(request: string, pieces: ApiResponse): AsyncGenerator<string, void, undefined> {
  let rest = '';
  for await (const piece of pieces) {
    const lines = piece.split('\n');
    lines[0] = rest + lines[0];
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE)
      throw new ApiError('ERR_KUBERNETES_RESPONSE', `${request}: an event of more than ${MAX_LINE} characters`);
    for (const line of lines) if (line !== '') yield line;
  }
  if (rest !== '')
    throw new ApiError('ERR_KUBERNETES_CONNECTION', `${request}: the stream ended in the middle of an event`);
}
