import type { Destination } from './destination.ts';
import type { Service } from './service.ts';

/** A service with its destinations. */
export interface TableEntry {
  /** The service. */
  readonly service: Service;
  /** Its destinations, the newest first. */
  readonly destinations: readonly Destination[];
}
