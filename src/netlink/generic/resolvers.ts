/** What settles a promise. */
export interface Resolvers<T> {
  readonly resolve: (result: T | PromiseLike<T>) => void;
  readonly reject: (reason: unknown) => void;
}
