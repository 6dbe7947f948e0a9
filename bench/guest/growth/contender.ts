import type { ClusterService } from './cluster.ts';

/** A way to program services, in one network namespace. */
export interface Contender {
  prepare(): Promise<void>;
  /** Each gives what is measured; what it is given, such as the text of the rules, is made before. */
  program(services: readonly ClusterService[]): () => Promise<void>;
  addOne(service: ClusterService): () => Promise<void>;
  /** One endpoint of a service that is programmed is replaced by another. */
  changeOne(service: ClusterService): () => Promise<void>;
  close(): Promise<void>;
}
