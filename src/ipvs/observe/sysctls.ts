import { assertKnownProperties } from '../../errors/known-properties.ts';
import { SystemError } from '../../errors/system-error.ts';
import { WireError } from '../../errors/wire-error.ts';
import type { AbortSignalLike } from '../../linux/abort-signal.ts';
import { type Kernel, readText } from '../../linux/kernel.ts';
import type { SysctlKind } from './sysctl-kinds.ts';
import { type Sysctls, sysctlTable } from './sysctl-table.ts';

const rows = Object.entries(sysctlTable) as [name: string, kind: SysctlKind<unknown>][];
const pathOf = (name: string) => `/proc/sys/net/ipv4/vs/${name}`;

/** Every setting that the kernel has. Rejects with SystemError or WireError. */
export async function readSysctls(kernel: Kernel): Promise<Sysctls> {
  const entries = await Promise.all(
    rows.map(async ([name, kind]) => {
      const text = await readText(kernel, pathOf(name)).catch((error) => {
        if (error instanceof SystemError && error.code === 'ENOENT') return undefined;
        throw error;
      });
      if (text === undefined) return [];
      const value = kind.parse(text.trim());
      if (value === undefined)
        throw new WireError(`has a value of no known kind: ${JSON.stringify(text)}`, pathOf(name));
      return [[name, value] as const];
    }),
  );
  return Object.fromEntries(entries.flat());
}

/**
 * Writes some settings, in the order of their names, once all are known to be valid and to exist; none any more once the signal
 * is aborted. Rejects with InputError, SystemError when the kernel refuses one, or the signal's reason.
 */
export async function writeSysctls(kernel: Kernel, sysctls: Sysctls, signal?: AbortSignalLike): Promise<void> {
  assertKnownProperties('sysctls', sysctls, Object.keys(sysctlTable));
  const writes = rows.flatMap(([name, kind]) => {
    const value = sysctls[name as keyof Sysctls];
    return value === undefined ? [] : [{ path: pathOf(name), text: `${kind.format(`sysctls.${name}`, value)}\n` }];
  });
  await Promise.all(writes.map(({ path }) => readText(kernel, path)));
  for (const { path, text } of writes) {
    if (signal?.aborted) throw signal.reason;
    await kernel.writeFile(path, text);
  }
}
