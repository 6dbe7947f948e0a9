import { applyChange, type Ipvs, KernelError } from '../ipvs/index.ts';
import { parseRules, type Rule, RulesError } from '../rules/index.ts';
import { Failure, status } from './failure.ts';
import { complain, type Io, readAll } from './io.ts';
import { withNames } from './names.ts';

/** Enough to fill the kernel's batches, and few enough to wait for all of them at once. */
const SLICE = 1000;

/** Reads the rules on standard input, all of them. */
export async function readRules({ stdin }: Io): Promise<Rule[]> {
  const text = await readAll(stdin);
  return withNames((names) => parseRules(text, { names })).catch((error) => {
    throw error instanceof RulesError ? new Failure(`stdin, ${error.message}`, status.input) : error;
  });
}

/** Carries rules out. What the kernel refuses is said line by line and, as with ipvsadm, does not hinder the rest. */
export async function restore(rules: readonly Rule[], ipvs: Ipvs, io: Io): Promise<number> {
  let result = 0;
  for (let i = 0; i < rules.length; i += SLICE)
    await Promise.all(
      rules.slice(i, i + SLICE).map((rule) =>
        applyChange(ipvs, rule).catch((error) => {
          if (!(error instanceof KernelError)) throw error;
          complain(io, `stdin, line ${rule.line}: ${error.message}`);
          result = status.refused;
        }),
      ),
    );
  return result;
}
