/** Base of every error that this package throws or rejects with. Branch on `code`, which is stable; messages are for people. */
export abstract class IpvsLibraryError extends Error {
  /** Stable name of what went wrong: `'ERR_INPUT'`, `'ERR_NETLINK_TIMEOUT'`, or an errno's name such as `'ESRCH'`. */
  abstract readonly code: string;
}

/** Sets a class's name on its prototype, so that it survives bundling and is no property of every error. */
export function nameClass(type: { readonly prototype: Error }, name: string): void {
  Object.defineProperty(type.prototype, 'name', { value: name, configurable: true, writable: true });
}
