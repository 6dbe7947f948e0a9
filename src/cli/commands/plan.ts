import { plan as planChanges, readTable } from '../../reconcile/index.ts';
import { paintFor } from '../desired/colours.ts';
import { describePlan, summarize } from '../desired/describe-plan.ts';
import { readConfig } from '../desired/read-config.ts';
import { scopeOf, scopeOptions } from '../desired/scope-options.ts';
import { Failure, statusOf } from '../failure.ts';
import { toJson } from '../listing/index.ts';
import { defineCommand } from './command.ts';

/** As `terraform plan -detailed-exitcode` has them. */
const NOTHING = 0;
const ERROR = 1;
const CHANGES = 2;

export const plan = defineCommand({
  name: 'plan',
  synopsis: 'plan FILE [--json]',
  summary: 'print what would make the table as a file wants it; status 2 if anything',
  options: { ...scopeOptions, json: { type: 'boolean', about: 'as JSON' } },
  operands: [1, 1],
  async run({ values, operands: [path = ''] }, { open, stdout, signal }) {
    try {
      const { table, scope, drain } = await readConfig(path, { scope: scopeOf(values) });
      const current = await readTable(await open({ readOnly: true }), { scope, signal });
      const changes = planChanges(current, table, { scope });
      const summary = { changes, ...summarize(changes, current) };
      stdout.write(
        values.json
          ? toJson(summary)
          : describePlan(changes, current, drain ? 'drain' : 'remove', paintFor(stdout, process.env)),
      );
      return changes.length > 0 ? CHANGES : NOTHING;
    } catch (error) {
      throw statusOf(error, ERROR) === undefined ? error : new Failure((error as Error).message, ERROR);
    }
  },
});
