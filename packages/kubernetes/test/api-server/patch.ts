import { StatusError } from './status.ts';

type Fields = Record<string, unknown>;

/** The field by which a strategic merge patch tells the items of a list apart. */
const mergeKeys: Readonly<Record<string, string>> = { ports: 'port', conditions: 'type', addresses: 'type' };

/** Applies a patch of one of the two kinds that kubectl sends. Other kinds are refused. */
export function applyPatch(contentType: string, target: object, patch: object): object {
  const [type] = contentType.split(';');
  if (type === 'application/merge-patch+json') return merge(target as Fields, patch as Fields, false);
  if (type === 'application/strategic-merge-patch+json') return merge(target as Fields, patch as Fields, true);
  throw new StatusError(415, 'UnsupportedMediaType', `this API server for tests takes no ${type}`);
}

function merge(target: Fields, patch: Fields, strategic: boolean): Fields {
  const result = { ...target };
  for (const [field, value] of Object.entries(patch)) {
    const listKey = strategic ? mergeKeys[field] : undefined;
    const old = result[field];
    if (strategic && field.startsWith('$')) continue; // $setElementOrder and $retainKeys only refine what is merged
    if (value === null) delete result[field];
    else if (listKey && Array.isArray(value) && Array.isArray(old)) result[field] = mergeList(old, value, listKey);
    else if (isFields(value)) result[field] = merge(isFields(old) ? old : {}, value, strategic);
    else result[field] = value;
  }
  return result;
}

function mergeList(old: Fields[], patch: Fields[], key: string): Fields[] {
  const items = new Map(old.map((item) => [item[key], item]));
  for (const item of patch) {
    if (item['$patch'] === 'delete') items.delete(item[key]);
    else items.set(item[key], merge(items.get(item[key]) ?? {}, item, true));
  }
  return [...items.values()];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
