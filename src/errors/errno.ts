// Linux's own numbers, since a recorded or simulated kernel is read on other systems too, where Node's table differs.
const names: Readonly<Record<number, string>> = {
  1: 'EPERM',
  2: 'ENOENT',
  3: 'ESRCH',
  4: 'EINTR',
  5: 'EIO',
  6: 'ENXIO',
  7: 'E2BIG',
  9: 'EBADF',
  11: 'EAGAIN',
  12: 'ENOMEM',
  13: 'EACCES',
  14: 'EFAULT',
  16: 'EBUSY',
  17: 'EEXIST',
  19: 'ENODEV',
  20: 'ENOTDIR',
  21: 'EISDIR',
  22: 'EINVAL',
  23: 'ENFILE',
  24: 'EMFILE',
  28: 'ENOSPC',
  30: 'EROFS',
  32: 'EPIPE',
  33: 'EDOM',
  34: 'ERANGE',
  38: 'ENOSYS',
  61: 'ENODATA',
  71: 'EPROTO',
  75: 'EOVERFLOW',
  90: 'EMSGSIZE',
  92: 'ENOPROTOOPT',
  93: 'EPROTONOSUPPORT',
  94: 'ESOCKTNOSUPPORT',
  95: 'EOPNOTSUPP',
  97: 'EAFNOSUPPORT',
  98: 'EADDRINUSE',
  99: 'EADDRNOTAVAIL',
  100: 'ENETDOWN',
  101: 'ENETUNREACH',
  104: 'ECONNRESET',
  105: 'ENOBUFS',
  110: 'ETIMEDOUT',
  111: 'ECONNREFUSED',
  114: 'EALREADY',
};

const numbers = new Map(Object.entries(names).map(([number, name]) => [name, Number(number)]));

/**
 * The name of a Linux errno, `'#123'` for one without a name here.
 * @example
 * ```ts
 * console.log(errnoName(3), errnoName(4095)); // ESRCH #4095
 * ```
 */
export function errnoName(errno: number): string {
  return names[errno] ?? `#${errno}`;
}

/**
 * The number of a Linux errno by its name; undefined for an unknown name.
 * @example
 * ```ts
 * console.log(errnoNumber('ESRCH'), errnoNumber('EWHAT')); // 3 undefined
 * ```
 */
export function errnoNumber(name: string): number | undefined {
  return numbers.get(name);
}
