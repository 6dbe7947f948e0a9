import { Command } from 'commander';
import { memoryDeadlines } from 'ipvs/reconcile';
import { Programmer } from '../../agent/programmer.ts';
import { LinuxNode } from '../../node/linux-node.ts';
import type { SavedSysctls } from '../../node/saved-sysctls.ts';
import { setSysctls } from '../../node/sysctls.ts';
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
  const sysctls = Array.from(await saved.load(), ([name, value]) => ({ name, value }));
  const [refused] = await setSysctls(node.kernel, sysctls);
  if (refused) throw new Failure(`${refused.name} could not be set back to ${refused.value}: ${refused.error.message}`);
  await saved.forget();
  io.stdout.write(
    `removed: ${changes} virtual services, ${addresses} addresses; sysctls put back: ${sysctls.length}\n`,
  );
}
