import { isWhole, type Listing } from './listing.ts';

/** How often one entry is looked for: under constant changes by others a listing misses a few entries of a hundred. */
const MAX_READINGS = 6;

/** Looks for one entry in a listing, which is read again unless it proves that the entry is not there. */
export async function findEntry<L extends Listing<unknown>, T>(
  read: () => Promise<L>,
  find: (listing: L) => T | undefined,
): Promise<T | undefined> {
  for (let reading = 1; ; reading++) {
    const listing = await read();
    const found = find(listing);
    if (found !== undefined || isWhole(listing) || reading === MAX_READINGS) return found;
  }
}
