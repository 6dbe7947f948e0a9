import { plan, type ReconcileOptions, readTable, reconcile } from '../../reconcile/index.ts';
import { describePlan } from '../desired/describe-plan.ts';
import { readConfig } from '../desired/read-config.ts';
import { scopeOf, scopeOptions } from '../desired/scope-options.ts';
import { drainOptions, parseSeconds } from '../desired/seconds.ts';
import { status } from '../failure.ts';
import { defineCommand } from './command.ts';

export const apply = defineCommand({
  name: 'apply',
  synopsis: 'apply FILE [--drain DURATION]',
  summary: 'make the table as a file wants it',
  options: { ...scopeOptions, ...drainOptions },
  operands: [1, 1],
  async run({ values, operands: [path = ''] }, { open, stdout, stderr, signal }) {
    const given = parseSeconds('--drain', values.drain);
    const { table, scope, drain } = await readConfig(path, { scope: scopeOf(values) });
    const deadline = given ?? drain;
    const options: ReconcileOptions = { scope, signal, drain: deadline === undefined ? undefined : { deadline } };
    const ipvs = await open();
    const current = await readTable(ipvs, options);
    const changes = plan(current, table, options);
    stdout.write(describePlan(changes, current, deadline === undefined ? 'remove' : 'drain'));
    const { remaining, cut } = await reconcile(ipvs, table, options);
    for (const { destination, connections } of cut)
      stderr.write(
        `ipvs: ${destination.address} port ${destination.port} was removed with ${connections} connections\n`,
      );
    for (const { change, error } of remaining)
      stderr.write(`ipvs: ${error instanceof Error ? error.message : `${change.type} is still to be done`}\n`);
    return remaining.length > 0 ? status.refused : 0;
  },
});
