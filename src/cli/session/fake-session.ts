import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { applyChange, Ipvs } from '../../ipvs/index.ts';
import { parseRules, type Rule } from '../../rules/index.ts';
import { FakeKernel } from '../../testing/index.ts';
import { Failure } from '../failure.ts';
import { type Session, type SessionOptions, stateOf } from './session.ts';

/** A kernel in memory that has what a rules file says, which is written anew when something else came of it. */
export async function openFakeSession(file: string, { readOnly = false }: SessionOptions): Promise<Session> {
  const rules = await readRules(file);
  const ipvs = await Ipvs.open({ kernel: new FakeKernel({ links: linksFor(rules) }) });
  await Promise.all(rules.map((rule) => applyChange(ipvs, rule).catch((error) => refuse(file, rule, error))));
  const before = await stateOf(ipvs);
  return {
    ipvs,
    async connections() {
      throw new Failure('a kernel in memory has no connections to list', 1);
    },
    async end() {
      const after = readOnly ? before : await stateOf(ipvs);
      await ipvs.close();
      if (after !== before) await replace(file, after);
    },
  };
}

/** The file's rules; none where there is no file yet. */
async function readRules(file: string): Promise<Rule[]> {
  const text = await readFile(file, 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  try {
    return parseRules(text);
  } catch (error) {
    throw error instanceof Error ? new Failure(`${file}: ${error.message}`, 2) : error;
  }
}

function refuse(file: string, { line }: Rule, error: Error): never {
  throw new Failure(`${file}: line ${line}: ${error.message}`, 2);
}

/** A loopback interface, ipvsadm's default interface, and those that the rules speak of. */
function linksFor(rules: readonly Rule[]): Record<string, object> {
  const named = rules.flatMap((rule) => (rule.type === 'startDaemon' ? [rule.daemon.interface] : []));
  return Object.fromEntries(['lo', 'eth0', ...named].map((name) => [name, {}]));
}

/** Writes a file so that whoever reads it finds the old text or the new, whole. */
async function replace(path: string, text: string): Promise<void> {
  const file = await realpath(path).catch(() => path);
  const mode = await stat(file).then(
    (stats) => stats.mode & 0o777,
    () => 0o666,
  );
  const draft = `${file}.${process.pid}`;
  try {
    const handle = await open(draft, 'wx', mode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
