import { applyChange, Ipvs } from '../../ipvs/index.ts';
import { parseRules, type Rule } from '../../rules/index.ts';
import { FakeKernel } from '../../testing/index.ts';
import { Failure, status } from '../failure.ts';
import { withNames } from '../names.ts';
import { openRulesFile } from './rules-file.ts';
import { type Session, type SessionOptions, stateOf } from './session.ts';

/** A kernel in memory that has what a rules file says, which is written anew when something else came of it. */
export async function openFakeSession(path: string, { readOnly = false }: SessionOptions): Promise<Session> {
  const file = await openRulesFile(path, readOnly);
  try {
    const rules = await parse(path, file.text);
    const ipvs = await Ipvs.open({ kernel: new FakeKernel({ links: linksFor(rules) }) });
    await Promise.all(rules.map((rule) => applyChange(ipvs, rule).catch((error) => refuse(path, rule, error))));
    const before = readOnly ? '' : await stateOf(ipvs);
    return {
      ipvs,
      async end() {
        try {
          const after = readOnly ? before : await stateOf(ipvs);
          await ipvs.close();
          if (after !== before) await file.replace(after);
        } finally {
          await file.release();
        }
      },
    };
  } catch (error) {
    await file.release();
    throw error;
  }
}

async function parse(path: string, text: string): Promise<Rule[]> {
  try {
    return await withNames((names) => parseRules(text, { names }));
  } catch (error) {
    throw error instanceof Error ? new Failure(`${path}: ${error.message}`, status.input) : error;
  }
}

function refuse(path: string, { line }: Rule, error: Error): never {
  throw new Failure(`${path}: line ${line}: ${error.message}`, status.input);
}

/** A loopback interface, ipvsadm's default interface, and those that the rules speak of. */
function linksFor(rules: readonly Rule[]): Record<string, object> {
  const named = rules.flatMap((rule) => (rule.type === 'startDaemon' ? [rule.daemon.interface] : []));
  return Object.fromEntries(['lo', 'eth0', ...named].map((name) => [name, {}]));
}
