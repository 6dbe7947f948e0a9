import { chmod, lstat, mkdtemp, readdir, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Ipvs } from '../../src/ipvs/index.ts';
import { changeDeadlines } from '../../src/reconcile/drain/change-deadlines.ts';
import { drainName } from '../../src/reconcile/drain/drain.ts';
import { type Deadlines, drain, fileDeadlines, memoryDeadlines, type Progress } from '../../src/reconcile/index.ts';
import { steadyNow } from '../../src/reconcile/steady-now.ts';
import { FakeKernel } from '../../src/testing/index.ts';
import { web } from '../contract/expected.ts';

describe('drains that share a store', () => {
  test('keep to their own deadlines and leave nothing behind, however they interleave', async () => {
    const seconds = fc.constantFrom(0, 0.005, 0.02, 0.04);
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.tuple(seconds, seconds), async (scheduler, times) => {
        const kernel = new FakeKernel();
        const ipvs = await Ipvs.open({ kernel });
        await ipvs.addService(web);
        let kept: Deadlines = new Map();
        const deadlines = {
          load: scheduler.scheduleFunction(async () => kept),
          save: scheduler.scheduleFunction(async (changed: Deadlines) => {
            kept = changed;
          }),
        };
        const destinations = times.map((_, i) => ({ address: `10.0.0.${i}`, port: 80 }));
        for (const destination of destinations) {
          await ipvs.addDestination(web, destination);
          kernel.traffic(web, { destination, active: 1 });
        }
        const drainOne = (deadline: number, i: number) => {
          const target = { service: web, destination: destinations[i] };
          const progress = ({ draining }: Progress) => {
            for (const { deadline } of draining) expect(kept.get(drainName(target))).toBe(deadline);
          };
          return drain(ipvs, [target], { deadline, interval: 0.001, deadlines, progress });
        };
        const began = steadyNow();
        const all = await scheduler.waitFor(Promise.all(times.map(drainOne)));
        const ended = steadyNow();
        for (const [i, deadline] of times.entries()) {
          const [cut] = all[i]?.cut ?? [];
          expect(cut?.deadline).toBeGreaterThanOrEqual(began + deadline * 1000);
          expect(cut?.deadline).toBeLessThanOrEqual(ended);
        }
        expect(kept).toEqual(new Map());
        await ipvs.close();
      }),
      { numRuns: 50 },
    );
  });

  test('go on where a change of another fails', async () => {
    const memory = memoryDeadlines();
    let fails = true;
    const store = { ...memory, load: () => (fails ? Promise.reject(new Error('full')) : memory.load()) };
    const failed = changeDeadlines(store, () => {});
    await expect(failed).rejects.toThrow('full');
    fails = false;
    await changeDeadlines(store, (deadlines) => deadlines.set('x', 1));
    expect(await memory.load()).toEqual(new Map([['x', 1]]));
  });
});

describe('a file of deadlines', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ipvs-'));
    path = join(folder, 'deadlines.json');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const deadlines = new Map([['tcp 192.0.2.10:80', Date.UTC(2026, 0)]]);

  test('loses no change of those who name it at the same time', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `${i}`);
    await Promise.all(
      names.map((name, i) => {
        const spelling = i % 2 === 0 ? path : relative(process.cwd(), path);
        return changeDeadlines(fileDeadlines(spelling), (deadlines) => deadlines.set(name, i));
      }),
    );
    expect([...(await fileDeadlines(path).load()).keys()]).toEqual(names);
    expect(await readdir(folder)).toEqual(['deadlines.json']);
  });

  test('may be saved by several processes at once', async () => {
    const store = fileDeadlines(path);
    await Promise.all(Array.from({ length: 20 }, () => store.save(deadlines)));
    expect(await store.load()).toEqual(deadlines);
    expect(await readdir(folder)).toEqual(['deadlines.json']);
  });

  test('keeps its mode', async () => {
    await writeFile(path, '{}');
    for (const mode of [0o600, 0o664]) {
      await chmod(path, mode);
      await fileDeadlines(path).save(deadlines);
      expect((await stat(path)).mode & 0o7777).toBe(mode);
    }
  });

  test.each(['there', 'not there yet'])('stays behind symbolic links, when it is %s', async (state) => {
    const [target, between] = [join(folder, 'target.json'), join(folder, 'between.json')];
    if (state === 'there') await writeFile(target, '{}');
    await symlink('target.json', between);
    await symlink(between, path);
    await fileDeadlines(path).save(deadlines);
    expect(await readlink(path)).toBe(between);
    expect((await lstat(target)).isFile()).toBe(true);
    expect(await fileDeadlines(path).load()).toEqual(deadlines);
  });

  test('that cannot be replaced leaves no draft', async () => {
    const store = fileDeadlines(folder);
    await expect(store.save(deadlines)).rejects.toMatchObject({ path: folder });
    expect(await readdir(join(folder, '..'))).not.toContainEqual(
      expect.stringMatching(`^${folder.split('/').at(-1)}.`),
    );
  });
});
