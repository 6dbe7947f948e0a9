import { Command } from 'commander';
import { type Kernel, SystemError } from 'ipvs/netlink';
import { memoryDeadlines } from 'ipvs/reconcile';
import { Programmer } from '../../agent/programmer.ts';
import { LinuxNode } from '../../node/linux-node.ts';
import type { SavedSysctls } from '../../node/saved-sysctls.ts';
import { DEFAULT_LINK, DEFAULT_STATE } from '../agent-options.ts';
import { Failure } from '../failure.ts';
import type { Io } from '../io.ts';
import { savedSysctls } from '../run/prepare-sysctls.ts';

/** `ipvs-kubernetes cleanup`: takes away what the agent has made, and leaves what others have. */
export function cleanupCommand(io: Io): Command {
  return new Command('cleanup')
    .description('Remove all that the agent has made on this node, connections included, and put sysctls back')
    .option('--link <name>', 'dummy link that holds the addresses of Services', DEFAULT_LINK)
    .option('--state <folder>', 'folder for what outlives a restart of the agent', DEFAULT_STATE)
    .action(({ link, state }: { link: string; state: string }) => cleanUp(link, savedSysctls(state), io));
}

async function cleanUp(link: string, saved: SavedSysctls, io: Io): Promise<void> {
  await using node = await LinuxNode.open({ link });
  const programmer = new Programmer(node.plane, { drainDeadline: 0, deadlines: memoryDeadlines() });
  const { changes, addresses, failures } = await programmer.fullPass();
  const [failure] = failures;
  if (failure) throw new Failure(`${failure.subject}: ${(failure.error as Error).message}`);
  await node.remove();
  const sysctls = await saved.load();
  await restoreSysctls(node.kernel, sysctls);
  await saved.forget();
  io.stdout.write(`removed: ${changes} virtual services, ${addresses} addresses; sysctls put back: ${sysctls.size}\n`);
}

async function restoreSysctls(kernel: Kernel, sysctls: ReadonlyMap<string, string>): Promise<void> {
  for (const [name, value] of sysctls)
    try {
      await kernel.writeFile(`/proc/sys/${name.replaceAll('.', '/')}`, value);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      throw new Failure(`${name} could not be set back to ${value}: ${error.message}`);
    }
}
