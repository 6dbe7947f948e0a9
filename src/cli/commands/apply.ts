import { forgetWanted } from '../../reconcile/drain/forget-wanted.ts';
import { plan, type ReconcileOptions, readTable, reconcile } from '../../reconcile/index.ts';
import { compileScope } from '../../reconcile/plan/scope.ts';
import { ask, canAsk } from '../desired/ask.ts';
import { paintFor } from '../desired/colours.ts';
import { complainOfCut } from '../desired/complain-of-cut.ts';
import { describePlan } from '../desired/describe-plan.ts';
import { drainOptions, drainWithin, parseDrain } from '../desired/drain-options.ts';
import { progressBar } from '../desired/progress-bar.ts';
import { readConfig } from '../desired/read-config.ts';
import { scopeOf, scopeOptions } from '../desired/scope-options.ts';
import { status } from '../failure.ts';
import { complain } from '../io.ts';
import { defineCommand } from './command.ts';

/** The exit status where somebody was asked and did not want it. */
const DECLINED = 1;

export const apply = defineCommand({
  name: 'apply',
  synopsis: 'apply FILE [--drain DURATION] [--yes]',
  summary: 'make the table as a file wants it',
  options: {
    ...scopeOptions,
    ...drainOptions,
    yes: { type: 'boolean', short: 'y', about: 'do not ask' },
  },
  operands: [1, 1],
  outlivesReaders: true,
  async run({ values, operands: [path = ''] }, { open, stdin, stdout, stderr, signal }) {
    const deadline = parseDrain(values);
    const { table, scope, ...config } = await readConfig(path, { scope: scopeOf(values) });
    const drain = drainWithin(deadline, config.drain);
    const options: ReconcileOptions = { scope, signal, drain };
    const ipvs = await open();
    const current = await readTable(ipvs, options);
    const changes = plan(current, table, options);
    const removal = drain ? 'drain' : 'remove';
    stdout.write(describePlan(changes, current, removal, paintFor(stdout, process.env)));
    if (changes.length === 0) {
      if (drain?.deadlines) await forgetWanted(drain.deadlines, changes, compileScope(scope));
      return 0;
    }
    if (!values.yes && canAsk(stdin, stdout) && !(await ask('Apply these changes?', stdin, stdout, signal)))
      return DECLINED;
    const bar = progressBar(stderr);
    const { remaining, cut } = await reconcile(ipvs, table, { ...options, progress: bar.update }).finally(bar.end);
    complainOfCut({ stderr }, cut);
    for (const { change, error } of remaining)
      complain({ stderr }, error instanceof Error ? error.message : `${change.type} is still to be done`);
    return remaining.length > 0 ? status.refused : 0;
  },
});
