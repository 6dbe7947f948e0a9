/** Everything the command prints of a kernel's state: text as ipvsadm 1.31 prints it, byte for byte, or JSON. */
export { type ConnectionOptions, formatConnections } from './connections.ts';
export { toJson } from './json.ts';
export type { Form, ListOptions } from './options.ts';
export { addressesOf, addressesOfConnections, resolveNames, resolveReversibleNames } from './resolve-names.ts';
export { daemonRows, timeoutsRow } from './settings.ts';
export { formatEntry, formatTable } from './table.ts';
