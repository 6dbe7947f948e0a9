import { join } from 'node:path';
import type { Kernel } from 'ipvs/netlink';
import type { Logger } from 'pino';
import { SavedSysctls } from '../../node/saved-sysctls.ts';
import { requiredSysctls, type SysctlOptions, setSysctls, wrongSysctls } from '../../node/sysctls.ts';

/** The file in the state folder that holds what sysctls were before. */
export function savedSysctls(stateFolder: string): SavedSysctls {
  return new SavedSysctls(join(stateFolder, 'sysctls.json'));
}

/** Sets what is needed, and says so before. Resolves to whether all is as it is needed. */
export async function prepareSysctls(
  kernel: Kernel,
  saved: SavedSysctls,
  options: SysctlOptions,
  log: Logger,
): Promise<boolean> {
  const wrong = await wrongSysctls(kernel, requiredSysctls(options));
  for (const { name, current, value, reason } of wrong)
    log.info({ sysctl: name, current, value }, `setting ${name} to ${value}: with ${current}, ${reason}`);
  await saved.save(wrong);
  const refused = await setSysctls(kernel, wrong);
  for (const { name, value, current, reason, error } of refused)
    log.error({ sysctl: name, err: error }, `${name} stays ${current} and must be ${value}: ${reason}`);
  return refused.length === 0;
}
