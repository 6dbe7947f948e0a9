import type { Codec, Siblings } from './types.ts';

/**
 * An attribute that is written but not read, because another one says the same better.
 * @example
 * ```ts
 * const stats = table('stats', { rates: optional(1, writeOnly(u32)), rates64: optional(2, u64) });
 * ```
 */
export function writeOnly<T>(codec: Codec<T>): Codec<T | undefined> {
  return {
    name: `${codec.name}, not read`,
    ...(codec.nested && { nested: true }),
    writeOnly: true,
    read: () => undefined,
    write(to, value, siblings) {
      if (value !== undefined) codec.write(to, value, siblings);
    },
  };
}

/**
 * An attribute that is read only where a sibling is absent: what older kernels sent in its place.
 * @example
 * ```ts
 * const stats = table('stats', { bytes64: optional(2, u64AsNumber), bytes: optional(1, fallbackFor('bytes64', u32)) });
 * ```
 */
export function fallbackFor<T>(sibling: string, codec: Codec<T>): Codec<T | undefined> {
  return {
    name: `${codec.name}, read without ${sibling}`,
    ...(codec.nested && { nested: true }),
    dependsOn: sibling,
    fallback: true,
    read: (from, at, length, siblings) =>
      siblings[sibling] === undefined ? codec.read(from, at, length, siblings) : undefined,
    write(to, value, siblings) {
      if (value !== undefined) codec.write(to, value, siblings);
    },
  };
}

/**
 * A codec chosen by a sibling attribute, as C chooses the member of a union: an address by its family.
 * @example
 * ```ts
 * const family = enumOf(u16, { inet: 2, inet6: 10 });
 * const endpoint = table('endpoint', {
 *   family: required(1, family),
 *   mask: required(2, selectBy<number>('family', { inet: be32 }, u32)), // a netmask, or a prefix length
 * });
 * const to = new WriteBuffer();
 * endpoint.write(to, { family: 'inet', mask: 0xffff_ff00 }, {});
 * console.log(to.written().slice(-4)); // Uint8Array(4) [ 255, 255, 255, 0 ]
 * ```
 */
export function selectBy<T>(sibling: string, cases: Readonly<Record<string, Codec<T>>>, otherwise: Codec<T>): Codec<T> {
  const byValue = new Map<unknown, Codec<T>>(Object.entries(cases));
  const choose = (siblings: Siblings) => byValue.get(siblings[sibling]) ?? otherwise;
  return {
    name: `${[...new Set(Object.values(cases).map((codec) => codec.name))].join(' or ')} by ${sibling}`,
    dependsOn: sibling,
    cases,
    read: (from, at, length, siblings) => choose(siblings).read(from, at, length, siblings),
    write: (to, value, siblings) => choose(siblings).write(to, value, siblings),
  };
}
