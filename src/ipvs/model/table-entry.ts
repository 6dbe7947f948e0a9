import type { Destination } from './destination.ts';
import type { Service } from './service.ts';

/** A service with its destinations. */
export interface TableEntry {
  readonly service: Service;
  /** The newest first. */
  readonly destinations: readonly Destination[];
}
